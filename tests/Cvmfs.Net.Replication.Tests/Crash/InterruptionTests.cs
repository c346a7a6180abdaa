using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Replication.Tests.Crash;

/// <summary>Whatever can happen at the nth request, for all n: the run is cancelled, the upstream publishes, the upstream collects garbage.</summary>
public sealed class InterruptionTests
{
    private const int Newest = 6;
    private const int TooMany = 1000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [Conforms("stratum1", 30)]
    [Conforms("stratum1", 43)]
    [Conforms("stratum1", 56)]
    public async Task An_increment_cancelled_at_any_request_is_completed_with_every_revision_in_between(int transfers)
    {
        using var upstream = await Upstream();
        for (int nth = 1; nth < TooMany; nth++)
        {
            using var folder = new TempFolder();
            await CompleteAsync(upstream, folder.Path, revision: 1);
            upstream.RollBackTo(Newest);
            using var cancel = new CancellationTokenSource();
            int at = nth;
            var source = new InterceptedSource(new DirectoryRepositorySource(upstream.Path), (_, number) => number == at ? cancel.CancelAsync() : Task.CompletedTask);
            await using (var interrupted = new Replica(Options(upstream, folder.Path, transfers), upstream.TrustedKeys, new ReplicaServices { Source = source }))
            {
                try
                {
                    await interrupted.SnapshotAsync(cancellationToken: cancel.Token);
                    if (source.Requests < nth) return; // it never comes to that many requests
                }
                catch (OperationCanceledException)
                {
                    ReplicaInvariants.Check(folder.Path);
                    Assert.NotNull(ReplicaInvariants.CheckServed(folder.Path, upstream.Manifests));
                }
            }

            await CompleteAsync(upstream, folder.Path, Newest);
            for (int revision = 1; revision <= Newest; revision++)
            {
                Assert.True(File.Exists(Path.Combine(folder.Path, RootOf(upstream, revision))), $"cancelled at request {nth}: revision {revision} is not there");
            }

            var logged = ReplicaInvariants.Reflog(folder.Path);
            var unlogged = Enumerable.Range(1, Newest).Where(revision => !logged.Contains(Manifests.Manifest.Parse(upstream.Manifests[revision]).RootCatalog + " 0")).ToList();
            Assert.True(unlogged.Count == 0, $"cancelled at request {nth}: revisions {string.Join(", ", unlogged)} are there and not in the reflog");
        }

        Assert.Fail("The run never ended.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Conforms("stratum1", 6)]
    [Conforms("stratum1", 7)]
    [Conforms("stratum1", 101)]
    public async Task An_upstream_that_publishes_and_collects_in_the_middle_leaves_a_whole_revision(bool increment)
    {
        for (int nth = 1; nth < TooMany; nth++)
        {
            using var upstream = await Upstream(); // what is collected is gone: each time anew
            using var folder = new TempFolder();
            if (increment) await CompleteAsync(upstream, folder.Path, revision: 1);
            upstream.RollBackTo(3);
            int at = nth;
            var source = new InterceptedSource(new DirectoryRepositorySource(upstream.Path), (_, number) =>
            {
                if (number == at) MoveOn(upstream);
                return Task.CompletedTask;
            });
            await using var replica = new Replica(Options(upstream, folder.Path, transfers: 3), upstream.TrustedKeys, new ReplicaServices { Source = source });

            var report = await replica.SnapshotAsync(cancellationToken: Token);

            Assert.True(report.Outcome == SnapshotOutcome.Updated, $"moved on at request {nth}: {report.Outcome}, {report.Message}");
            ReplicaInvariants.Check(folder.Path);
            Assert.Contains(ReplicaInvariants.CheckServed(folder.Path, upstream.Manifests), new int?[] { 3, Newest });
            if (source.Requests < nth) return;
            await CompleteAsync(upstream, folder.Path, Newest);
        }

        Assert.Fail("The run never ended.");
    }

    [Fact]
    [Conforms("stratum1", 6)]
    [Conforms("stratum1", 43)]
    public async Task An_increment_cancelled_at_any_request_is_completed_after_the_upstream_has_collected_what_it_had_begun_with()
    {
        for (int nth = 1; nth < TooMany; nth++)
        {
            using var upstream = await Upstream();
            using var folder = new TempFolder();
            await CompleteAsync(upstream, folder.Path, revision: 1);
            upstream.RollBackTo(Newest);
            using var cancel = new CancellationTokenSource();
            int at = nth;
            var source = new InterceptedSource(new DirectoryRepositorySource(upstream.Path), (_, number) => number == at ? cancel.CancelAsync() : Task.CompletedTask);
            await using (var interrupted = new Replica(Options(upstream, folder.Path, transfers: 4), upstream.TrustedKeys, new ReplicaServices { Source = source }))
            {
                try
                {
                    await interrupted.SnapshotAsync(cancellationToken: cancel.Token);
                    if (source.Requests < nth) return;
                }
                catch (OperationCanceledException)
                {
                    // Roots of revisions that nobody has any more may be staged now.
                }
            }

            MoveOn(upstream);
            await using var replica = new Replica(Options(upstream, folder.Path, transfers: 4), upstream.TrustedKeys);
            var report = await replica.SnapshotAsync(cancellationToken: Token);
            Assert.True(report.Succeeded, $"cancelled at request {nth}: {report.Message}");
            ReplicaInvariants.Check(folder.Path);
            Assert.Equal(Newest, ReplicaInvariants.CheckServed(folder.Path, upstream.Manifests));
        }

        Assert.Fail("The run never ended.");
    }

    /// <summary>Publishes the newest revision and deletes what it does not need.</summary>
    private static void MoveOn(BuiltRepository upstream)
    {
        upstream.RollBackTo(Newest);
        var needed = ReplicaInvariants.Reachable(upstream.Path, ReplicaInvariants.Roots(upstream.Path).Select(root => ReplicaInvariants.PathOf(root, "C")));
        needed.UnionWith(ReplicaInvariants.Named(upstream.Path));
        foreach (string path in ReplicaInvariants.Objects(upstream.Path).Where(path => !needed.Contains(path)).ToList()) File.Delete(Path.Combine(upstream.Path, path));
    }

    /// <summary>Six small revisions, two of them tagged; each has content of its own that the next one drops.</summary>
    private static async Task<BuiltRepository> Upstream()
    {
        var builder = new RepositoryBuilder().GarbageCollectable().Nested("/kept").Files("/kept", 3);
        for (int revision = 1; revision <= Newest; revision++)
        {
            if (revision > 1) builder.Remove($"/only{revision - 1}");
            builder.Nested($"/only{revision}").File($"/only{revision}/a", $"a{revision}").File($"/only{revision}/b", $"b{revision}");
            builder.Revision(revision is 3 or 5 ? $"tag{revision}" : null);
        }

        return await builder.BuildAsync();
    }

    private static ReplicationOptions Options(BuiltRepository upstream, string folder, int transfers) => new()
    {
        Repository = upstream.Name.ToString(),
        Upstream = upstream.Path,
        StorageFolder = folder,
        MaxTransfers = transfers,
        HistoryLimit = TimeSpan.FromDays(36500),
        FlushBeforePublishing = false,
    };

    private static async Task CompleteAsync(BuiltRepository upstream, string folder, int revision)
    {
        upstream.RollBackTo(revision);
        await using var replica = new Replica(Options(upstream, folder, transfers: 4), upstream.TrustedKeys);
        var report = await replica.SnapshotAsync(cancellationToken: Token);
        Assert.True(report.Succeeded, report.Message);
        ReplicaInvariants.Check(folder);
        Assert.Equal(revision, ReplicaInvariants.CheckServed(folder, upstream.Manifests));
    }

    private static string RootOf(BuiltRepository upstream, int revision) => ObjectPath.Of(Manifests.Manifest.Parse(upstream.Manifests[revision]).RootCatalogKey);
}
