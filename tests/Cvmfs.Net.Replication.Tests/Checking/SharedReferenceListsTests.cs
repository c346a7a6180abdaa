using Cvmfs.Net.Replication.Checking;
using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Checking;

/// <summary>Collections and checks keep lists of what catalogs refer to in one place, so that either need not look into what the other has.</summary>
public sealed class SharedReferenceListsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Catalogs_deep_below_others_are_where_they_are_whoever_listed_them(bool collectionFirst)
    {
        using var upstream = await new RepositoryBuilder().GarbageCollectable()
            .Nested("/a").File("/a/1", "one").Nested("/a/b").File("/a/b/2", "two").Nested("/a/b/c").File("/a/b/c/3", "three").BuildAsync("tag");
        await using var replica = new ReplicaSetup(upstream.Path, upstream.Name.ToString(), upstream.TrustedKeys);
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        var location = replica.Replica.Location;
        int before = ReplicaInvariants.Objects(replica.Folder).Count();

        if (collectionFirst) await CollectAsync();
        for (int round = 0; round < 2; round++) // the second believes the first
        {
            var report = await new ReplicaChecker(location).CheckAsync(
                new CheckOptions { Keys = upstream.TrustedKeys, AllTags = true }, cancellationToken: TestContext.Current.CancellationToken);
            Assert.True(report.Outcome == CheckOutcome.Clean, $"round {round}: {string.Join('\n', report.Findings)}");
        }

        if (!collectionFirst) await CollectAsync();
        Assert.Equal(before, ReplicaInvariants.Objects(replica.Folder).Count());

        async Task CollectAsync()
        {
            var report = await new GarbageCollector(location).CollectAsync(new CollectionOptions { KeepRevisions = 0, Unreferenced = true }, cancellationToken: TestContext.Current.CancellationToken);
            Assert.True(report.Succeeded, report.Message);
        }
    }
}
