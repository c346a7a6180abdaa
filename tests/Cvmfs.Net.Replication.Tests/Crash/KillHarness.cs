// Kills the tool again and again and looks at what it leaves.
//
//   replica as prepared ─► run, killed ─► look ─► run, killed ─► look … ─► run to the end ─► look harder
//
// Looking (after every kill)
//   - what is served, if anything, is a whole revision, and never an older one than before
//   - every object under a final name has that hash; every catalog that is there has its whole subtree
//   - reflog and checksum: the next run accepts them, whatever state they are in
// Looking harder (after the run that was left alone)
//   - it succeeded; nothing unfinished lies about; the newest revision is served, with every revision since the last one that was served
//   - the reflog names every root that is there, and its checksum agrees
// And of every run: nothing is asked for that lay there, finished, when it began.
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Crash;

/// <summary>Kills snapshots of one upstream at random instants.</summary>
/// <param name="upstream">All its revisions; the harness decides which one is published.</param>
/// <param name="origin">Serves it.</param>
/// <param name="seed">For the instants.</param>
internal sealed class KillHarness(BuiltRepository upstream, TestOrigin origin, int seed)
{
    /// <summary>Transfers at once in the killed process: that many objects can be lost by a kill.</summary>
    public const int Connections = 4;

    private const int InTheAirPerConnection = 16; // what HttpConnections puts on one at most

    private const int MaxKillsInARow = 6;
    private const int LikelyRequests = 40; // before anything was measured

    private readonly Random _random = new(seed);
    private readonly string[] _roots = [.. upstream.Manifests.Select(bytes => Manifests.Manifest.Parse(bytes).RootCatalog.ToString())];
    private int _likelyRequests = LikelyRequests;

    /// <summary>Kills so far.</summary>
    public int Kills { get; private set; }

    /// <summary>Takes one replica from its preparation to a complete end, killing on the way.</summary>
    /// <param name="prepared">Revision that the replica serves at the beginning; null for an empty folder.</param>
    /// <param name="first">Revision that the upstream has then.</param>
    /// <param name="last">Revision that it ends with; it moves on between runs.</param>
    /// <param name="maxKills">No more than that.</param>
    public async Task TortureAsync(int? prepared, int first, int last, int maxKills)
    {
        using var folder = new TempFolder();
        string storage = folder.Combine("storage");
        string keyFile = folder.Write("key.pub", Encoding.ASCII.GetBytes(upstream.Keys.Publisher.MasterPublicKeyPem));
        if (prepared is { } start) await PrepareAsync(storage, start);

        int? served = prepared;
        int published = first;
        var asked = new List<string>();
        int kills = 0;
        for (int left = Math.Min(maxKills, _random.Next(1, MaxKillsInARow + 1)); ; left--)
        {
            upstream.RollBackTo(published);
            KillPoint? point = left > 0 ? KillPoint.Draw(_random, _likelyRequests) : null;
            string story = $"seed {seed}, kill {Kills + 1}: revision {served} was served, upstream has {published}, {point?.ToString() ?? "left alone"}";
            var present = Objects(storage);
            origin.Requests.Clear();

            var (exitCode, output) = await SnapshotProcess.RunAsync(origin, keyFile, storage, point);

            try
            {
                var repeated = origin.Objects.Intersect(present).ToList();
                Assert.True(repeated.Count == 0, $"asked for again though it was there: {string.Join(", ", repeated)}");
                asked.AddRange(origin.Objects);
                ReplicaInvariants.Check(storage, isAtRest: exitCode is not null);
                int? now = ReplicaInvariants.CheckServed(storage, upstream.Manifests);
                Assert.True(served is null || now >= served, $"revision {now} is served now");
                if (exitCode is { } code)
                {
                    Assert.True(code == 0, $"exit code {code}: {output}");
                    _likelyRequests = Math.Max(origin.Requests.Count, 4);
                    CheckEnd(storage, since: served ?? published, published);
                    if (published == last && left <= 0) break;
                }
                else
                {
                    kills++;
                    Kills++;
                    _likelyRequests = Math.Max(_likelyRequests - origin.Requests.Count / 2, 4);
                }

                served = now;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException(story, e);
            }

            if (left <= 1) published = last;
            else if (_random.Next(3) == 0) published = Math.Min(published + 1, last);
        }

        // What was in the air at a kill comes again, and nothing else.
        int again = asked.CountBy(path => path).Sum(count => count.Value - 1);
        Assert.True(again <= kills * Connections * InTheAirPerConnection, $"seed {seed}: {again} objects came again after {kills} kills");
    }

    /// <summary>Takes a snapshot of an earlier revision, without a process of its own.</summary>
    private async Task PrepareAsync(string storage, int revision)
    {
        upstream.RollBackTo(revision);
        await using var replica = new Replica(new ReplicationOptions { Repository = upstream.Name.ToString(), Upstream = upstream.Path, StorageFolder = storage }, upstream.TrustedKeys);
        var report = await replica.SnapshotAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(report.Succeeded, report.Message);
    }

    private void CheckEnd(string storage, int since, int published)
    {
        Assert.Equal(upstream.Manifests[published], File.ReadAllBytes(Path.Combine(storage, ".cvmfspublished")));
        Assert.False(File.Exists(Path.Combine(storage, ".cvmfs_is_snapshotting")));
        for (int revision = since; revision <= published; revision++) Assert.True(Has(storage, _roots[revision]), $"revision {revision} is not there");

        var logged = ReplicaInvariants.Reflog(storage);
        var unlogged = _roots.Where(root => Has(storage, root) && !logged.Contains(root + " 0")).ToList();
        Assert.True(unlogged.Count == 0, $"roots that are there and not in the reflog: {string.Join(", ", unlogged)}");
        Assert.Contains(ReplicaInvariants.Field(storage, 'X') + " 1", logged);
        Assert.Contains(ReplicaInvariants.Field(storage, 'H') + " 2", logged);
        string checksum = File.ReadAllText(Path.Combine(storage, ReplicaLocation.PrivateFolder, "reflog.chksum"));
        Assert.Equal(ContentHash.Compute(HashAlgorithmId.Sha1, File.ReadAllBytes(Path.Combine(storage, ".cvmfsreflog"))).ToString(), checksum);
    }

    private static bool Has(string storage, string root) => File.Exists(Path.Combine(storage, ReplicaInvariants.PathOf(root, "C")));

    /// <summary>What lies there, finished: objects, and catalogs that wait for what is below them.</summary>
    private static HashSet<string> Objects(string storage)
    {
        string staged = Path.Combine(storage, "data/txn/staged");
        string[] waiting = Directory.Exists(staged) ? Directory.GetFiles(staged) : [];
        return
        [
            .. Directory.Exists(Path.Combine(storage, "data")) ? ReplicaInvariants.Objects(storage) : [],
            .. waiting.Select(file => ReplicaInvariants.PathOf(Path.GetFileName(file), "")),
        ];
    }
}
