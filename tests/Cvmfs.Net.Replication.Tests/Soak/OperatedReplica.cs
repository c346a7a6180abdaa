// One replica and everything that an operator's service does to it, and that happens to it. Each step ends with a look at the folder:
//
//   always       what is served is a whole revision, and none older than before; every catalog that is there has its subtree; every object has its hash
//   after check  nothing is found, whatever happened before
//   after damage what was damaged is byte for byte the upstream's again
//   at the end   collected to HEAD and tags, the folder holds what those reach, no object more and none less
using System.Text;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Checking;
using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Replication.Scrubbing;
using Cvmfs.Net.Replication.Tests.Crash;
using Cvmfs.Net.Replication.Tests.Model;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Soak;

/// <summary>A replica in operation.</summary>
internal sealed class OperatedReplica : IAsyncDisposable
{
    private const int LikelyRequests = 30; // of a snapshot that is killed

    private readonly Random _random;
    private readonly ModelUpstream _upstream;
    private readonly FakeClock _dates;
    private readonly TimeProvider _clock;
    private readonly TestOrigin _origin;
    private readonly TempFolder _folder = new();
    private readonly string _keyFile;
    private readonly Replica _replica;
    private int _served = -1;
    private bool _isKilled; // the last snapshot was: a file that it was writing may lie about until the next one begins

    private OperatedReplica(Random random, ModelUpstream upstream, FakeClock dates, TestOrigin origin)
    {
        (_random, _upstream, _dates, _origin, _clock) = (random, upstream, dates, origin, new DayClock(dates));
        _keyFile = _folder.Write("key.pub", Encoding.ASCII.GetBytes(upstream.Repository.Keys.Publisher.MasterPublicKeyPem));
        var options = new ReplicationOptions
        {
            Repository = upstream.Repository.Name.ToString(),
            Upstream = origin.Url,
            StorageFolder = Storage,
            MaxTransfers = 8,
            FlushBeforePublishing = false,
            LockPatience = TimeSpan.FromMinutes(5),
        };
        _replica = new Replica(options, upstream.Repository.TrustedKeys, new ReplicaServices { TimeProvider = _clock });
    }

    private string Storage => _folder.Combine("storage");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Begins a day or more before now, so that programs of their own, which know only the real time, live a little in the future.</summary>
    public static async Task<OperatedReplica> StartAsync(int seed)
    {
        var random = new Random(seed);
        var dates = new FakeClock(TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(2));
        var upstream = await ModelUpstream.CreateAsync(random, dates);
        return new OperatedReplica(random, upstream, dates, await TestOrigin.StartAsync(upstream.Repository.Path, upstream.Repository.Name.ToString()));
    }

    public async ValueTask DisposeAsync()
    {
        await _replica.DisposeAsync();
        await _origin.DisposeAsync();
        _upstream.Dispose();
        _folder.Dispose();
    }

    /// <summary>Time passes.</summary>
    public void Wait(TimeSpan time) => _dates.Advance(time);

    public Task PublishAsync() => _upstream.PublishAsync(_random, tagged: _random.Next(12) == 0);

    public Task TagAsync() => _random.Next(2) == 0 ? _upstream.TagAsync(_random) : _upstream.UntagAsync(_random);

    /// <summary>The upstream collects its own garbage.</summary>
    public Task CollectUpstreamAsync()
    {
        _upstream.CollectGarbage();
        return Task.CompletedTask;
    }

    /// <summary>A snapshot that nothing disturbs.</summary>
    public async Task SnapshotAsync()
    {
        var report = await RunSnapshotAsync(Cancelled);
        Assert.True(report.Succeeded, report.Message);
        Assert.Equal(_upstream.Manifests.Count - 1, LookAt());
    }

    /// <summary>A snapshot while lines and servers fail. It may give up; then it has shown nothing.</summary>
    public async Task SnapshotInBadWeatherAsync()
    {
        int before = _served;
        _origin.Interfere = new Weather(new Random(_random.Next()), _upstream.Repository.Path).InterfereAsync;
        var report = await RunSnapshotAsync(Cancelled);
        _origin.Interfere = null;
        Assert.Equal(report.Succeeded ? _upstream.Manifests.Count - 1 : before, LookAt());
    }

    /// <summary>A snapshot that is cancelled at one of its requests, or ends before.</summary>
    public async Task SnapshotCancelledAsync()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        int left = _random.Next(1, LikelyRequests);
        _origin.Interfere = async (_, _) =>
        {
            if (Interlocked.Decrement(ref left) == 0) await cancel.CancelAsync();
            return false;
        };
        try
        {
            await RunSnapshotAsync(cancel.Token);
        }
        catch (OperationCanceledException)
        {
            // as it should be
        }

        _origin.Interfere = null;
        LookAt();
    }

    /// <summary>A snapshot by the tool, in a process that is killed with SIGKILL.</summary>
    public async Task SnapshotKilledAsync()
    {
        var (exitCode, output) = await SnapshotProcess.RunAsync(_origin, _keyFile, Storage, KillPoint.Draw(_random, LikelyRequests));
        Assert.True(exitCode is null or 0, output);
        _isKilled = exitCode is null;
        LookAt();
    }

    /// <summary>Collects garbage: what a dry run names is what then goes.</summary>
    public async Task CollectAsync()
    {
        var options = DrawCollection();
        List<ObjectKey> named = [], removed = [];
        if (!(await Collector(named.Add).CollectAsync(options with { DryRun = true }, cancellationToken: Cancelled)).Succeeded) Assert.Equal(-1, _served);
        var report = await Collector(removed.Add).CollectAsync(options, cancellationToken: Cancelled);
        Assert.True(report.Succeeded, report.Message);
        Assert.Equal(named, removed);
        LookAt();
    }

    /// <summary>A collection that ends in the middle, at one of the steps that change the disk; the next one goes on.</summary>
    public async Task CollectCutAsync()
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        int left = _random.Next(1, 12);
        var collector = new GarbageCollector(_replica.Location, new CollectionServices
        {
            TimeProvider = _clock,
            Step = _ =>
            {
                if (--left == 0) cut.Cancel();
            },
        });
        try
        {
            await collector.CollectAsync(DrawCollection(), cancellationToken: cut.Token);
        }
        catch (OperationCanceledException)
        {
            // as it should be
        }

        LookAt();
    }

    /// <summary>A collection beside a snapshot.</summary>
    public async Task CollectBesideSnapshotAsync()
    {
        await PublishAsync();
        var collecting = Collector().CollectAsync(DrawCollection() with { LockPatience = TimeSpan.FromMinutes(5) }, cancellationToken: Cancelled);
        var snapshot = await RunSnapshotAsync(Cancelled);
        var report = await collecting;
        Assert.True(snapshot.Succeeded, snapshot.Message);
        Assert.True(report.Succeeded, report.Message);
        Assert.Equal(_upstream.Manifests.Count - 1, LookAt());
    }

    /// <summary>Whatever happened before, a check finds nothing.</summary>
    /// <param name="thoroughly">Every object hashed, nothing taken on the word of earlier checks.</param>
    public async Task CheckAsync(bool thoroughly = false)
    {
        if (_served < 0) return;
        var report = await Checker().CheckAsync(
            new CheckOptions { Keys = _upstream.Repository.TrustedKeys, AllTags = true, RecordStatus = true, Full = thoroughly, Content = thoroughly }, cancellationToken: Cancelled);
        Assert.True(report.Outcome == CheckOutcome.Clean, $"{report.Message}\n{string.Join('\n', report.Findings)}");
        LookAt();
    }

    /// <summary>Objects rot on the disk. What is there and wrong a scrub finds, what is gone a check; both bring it back.</summary>
    public async Task RotAsync()
    {
        if (_served < 0) return;
        // What only the replica still has, nobody can bring back.
        string[] repairable = [.. ReplicaInvariants.Reachable(Storage, Roots()).Where(path => File.Exists(Path.Combine(_upstream.Repository.Path, path)))];
        string[] victims = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => repairable[_random.Next(repairable.Length)]).Distinct()];
        bool isGone = _random.Next(3) == 0;
        foreach (string victim in victims) Damage(Path.Combine(Storage, victim), isGone);

        if (isGone)
        {
            var report = await Checker().CheckAsync(
                new CheckOptions { Keys = _upstream.Repository.TrustedKeys, AllTags = true, Full = true, Repair = _replica }, cancellationToken: Cancelled);
            Assert.True(report.Outcome == CheckOutcome.Repaired, $"{report.Message}\n{string.Join('\n', report.Findings)}");
        }
        else
        {
            var report = await Scrubber().ScrubAsync(new ScrubOptions { Repair = _replica }, cancellationToken: Cancelled);
            Assert.True(report.Outcome == ScrubOutcome.Repaired, $"{report.Message}\n{string.Join('\n', report.Alerts)}");
            Assert.Equal(victims.Order(StringComparer.Ordinal), report.Repaired.Select(repaired => ReplicaInvariants.PathOf(repaired.Name, "")).Order(StringComparer.Ordinal));
        }

        foreach (string victim in victims) Assert.Equal(File.ReadAllBytes(Path.Combine(_upstream.Repository.Path, victim)), File.ReadAllBytes(Path.Combine(Storage, victim)));
        LookAt();
    }

    /// <summary>A scrub finds nothing.</summary>
    public async Task ScrubAsync()
    {
        if (_served < 0) return;
        var report = await Scrubber().ScrubAsync(new ScrubOptions(), cancellationToken: Cancelled);
        Assert.True(report.Outcome == ScrubOutcome.Clean, $"{report.Message}\n{string.Join('\n', report.Alerts)}");
    }

    /// <summary>The evening: the newest revision is served, the rest collected, and nothing is found.</summary>
    public async Task EndAsync()
    {
        await SnapshotAsync();
        var now = TimeProvider.System.GetUtcNow().AddHours(1); // later than any file
        if (now > _dates.GetUtcNow()) _dates.Advance(now - _dates.GetUtcNow());
        var report = await Collector().CollectAsync(new CollectionOptions { KeepRevisions = 0, Unreferenced = true, GracePeriod = TimeSpan.Zero }, cancellationToken: Cancelled);
        Assert.True(report.Succeeded, report.Message);
        await CheckAsync(thoroughly: true);
        await ScrubAsync();

        var reached = ReplicaInvariants.Reachable(Storage, Roots());
        reached.UnionWith(ReplicaInvariants.Named(Storage));
        var there = ReplicaInvariants.Objects(Storage).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(reached.Except(there));
        // Certificates, tag databases and the like that are younger than the oldest kept revision stay, by the reference's rule.
        Assert.DoesNotContain(there.Except(reached), path => path[^1] is not ('X' or 'H' or 'M'));

        var status = StatusDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(Storage, ".cvmfs_status.json"), Cancelled));
        Assert.NotNull(status.LastSnapshot?.Time);
        Assert.NotNull(status.LastGarbageCollection?.Time);
        Assert.True(status.CheckSucceeded);
    }

    private Task<SnapshotReport> RunSnapshotAsync(CancellationToken cancellationToken)
    {
        _isKilled = false;
        return _replica.SnapshotAsync(cancellationToken: cancellationToken);
    }

    private IEnumerable<string> Roots() => ReplicaInvariants.Roots(Storage).Select(root => ReplicaInvariants.PathOf(root, "C"));

    private GarbageCollector Collector(Action<ObjectKey>? removed = null)
        => new(_replica.Location, new CollectionServices { TimeProvider = _clock, Removed = removed, Keys = _upstream.Repository.TrustedKeys });

    private ReplicaChecker Checker() => new(_replica.Location, new CheckServices { TimeProvider = _clock });

    private StorageScrubber Scrubber() => new(Storage, new ScrubServices { TimeProvider = _clock });

    private CollectionOptions DrawCollection() => new()
    {
        KeepRevisions = _random.Next(2) == 0 ? _random.Next(6) : null,
        KeepNewerThan = _random.Next(2) == 0 ? _dates.GetUtcNow() - TimeSpan.FromHours(_random.Next(1, 12)) : null,
        Unreferenced = _random.Next(3) == 0,
        MemoryBytes = CollectionOptions.LeastMemoryBytes,
        Sync = false,
    };

    private void Damage(string file, bool isGone)
    {
        if (isGone)
        {
            File.Delete(file);
            return;
        }

        byte[] content = File.ReadAllBytes(file);
        if (_random.Next(2) == 0) content = content[..^1];
        else content[_random.Next(content.Length)] ^= 1;
        File.WriteAllBytes(file, content);
    }

    /// <summary>What must hold at any time.</summary>
    /// <returns>Number of the revision that is served; −1 for none.</returns>
    private int LookAt()
    {
        if (!Directory.Exists(Path.Combine(Storage, "data"))) return _served;
        ReplicaInvariants.Check(Storage, isAtRest: !_isKilled);
        int served = ReplicaInvariants.CheckServed(Storage, _upstream.Manifests) ?? -1;
        Assert.True(served >= _served, $"manifest {served} is served, and {_served} was");
        return _served = served;
    }
}
