using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Planning;

/// <summary>Many revisions between two snapshots: all roots wait for the oldest, one after the other.</summary>
public sealed class LongHistoryTests
{
    [Fact]
    [Conforms("stratum1", 30)]
    [Conforms("stratum1", 35)]
    public async Task Two_thousand_revisions_come_in_one_run_with_few_descriptors()
    {
        const int revisions = 2000; // a hundred thousand are in the slow lane
        using var upstream = await new RepositoryBuilder().Options(options => options with { AutoTags = false }).Files("/a", 3).BuildAsync();
        await using var replica = new ReplicaSetup(upstream.Path, upstream.Name.ToString(), upstream.TrustedKeys);
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        var roots = upstream.AddRevisions(revisions);
        var watch = new Watch();

        var report = await replica.Replica.SnapshotAsync(progress: watch, cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(report.Succeeded, report.Message);
        Assert.Equal(revisions, report.CatalogsFetched);
        Assert.All(roots, root => Assert.True(replica.Has(ObjectPath.Of(root))));
        Assert.False(Directory.Exists(Path.Combine(replica.Folder, "data/txn/staged")));
        Assert.InRange(watch.MostDescriptors, 0, 1000); // of all tests that run beside this one; the revisions hold none
    }

    private sealed class Watch : IProgress<SnapshotProgress>
    {
        private const string Descriptors = "/proc/self/fd";

        public int MostDescriptors { get; private set; }

        public void Report(SnapshotProgress value)
        {
            if (Directory.Exists(Descriptors)) MostDescriptors = Math.Max(MostDescriptors, Directory.GetFileSystemEntries(Descriptors).Length);
        }
    }
}
