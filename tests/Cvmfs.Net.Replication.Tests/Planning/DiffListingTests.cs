using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Planning;

/// <summary>An increment costs what changed: what the stored revision refers to in the same place is not looked for.</summary>
public sealed class DiffListingTests
{
    [Fact]
    [Conforms("stratum1", 30)]
    public async Task Of_a_changed_catalog_only_what_is_new_is_looked_for()
    {
        using var upstream = await new RepositoryBuilder().Files("/top", 200).Nested("/a").Files("/a", 300).Nested("/a/deep").Files("/a/deep", 100)
            .Revision().File("/a/deep/new", "new").Remove("/top/0001").File("/top/0002", "changed").BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.RollBackTo(1).Path, upstream.Name.ToString());
        await using var replica = new ReplicaSetup(server.Url, upstream.Name.ToString(), upstream.TrustedKeys);
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        upstream.RollBackTo(2);
        server.Requests.Clear();

        var report = await replica.SnapshotAsync();

        Assert.True(report.Succeeded, report.Message);
        Assert.Equal((3, 2, 0), ((int)report.CatalogsFetched, server.Objects.Count(path => !char.IsAsciiLetterUpper(path[^1])), (int)report.ObjectsKnown));
        Assert.InRange(report.ObjectsUnchanged, 597, 602); // 598 files, and the marks of nested catalogs
        ReplicaInvariants.Check(replica.Folder);
    }

    [Fact]
    [Conforms("stratum1", 8)]
    [Conforms("stratum1", 30)]
    public async Task Revisions_in_between_and_files_that_come_back_are_complete()
    {
        var builder = new RepositoryBuilder().Options(options => options with { AutoTags = false }).Nested("/a").Files("/a", 100).Chunked("/a/large").Revision();
        for (int i = 0; i < 6; i++)
        {
            // what one revision takes away, the next but one brings back; and a nested catalog that comes, goes, and moves its files to its parent
            builder.Remove($"/a/{i:d4}").File($"/a/new{i}", $"new {i}").File("/a/large2", [.. Enumerable.Repeat((byte)i, 50_000)]);
            if (i == 1) builder.Nested("/a/b").Files("/a/b", 80);
            if (i == 3) builder.Nested("/c").Files("/c", 90);
            if (i == 4) builder.Remove("/a/b");
            if (i >= 2) builder.File($"/a/{i - 2:d4}", $"content of /a {i - 2}\n");
            builder.Revision();
        }

        using var upstream = await builder.BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.RollBackTo(1).Path, upstream.Name.ToString());
        await using var replica = new ReplicaSetup(server.Url, upstream.Name.ToString(), upstream.TrustedKeys);
        foreach (int revision in (int[])[1, 3, 7])
        {
            upstream.RollBackTo(revision);
            var report = await replica.SnapshotAsync();
            Assert.True(report.Succeeded, report.Message);
            ReplicaInvariants.Check(replica.Folder);
            if (revision > 1) Assert.InRange(report.ObjectsUnchanged, 90, 2000);
        }
    }

    [Fact]
    [Conforms("stratum1", 8)]
    public async Task A_stored_catalog_that_is_in_doubt_vouches_for_nothing()
    {
        using var upstream = await new RepositoryBuilder().Files("/top", 200).Revision().File("/new", "new").BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.RollBackTo(1).Path, upstream.Name.ToString());
        await using var replica = new ReplicaSetup(server.Url, upstream.Name.ToString(), upstream.TrustedKeys);
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        upstream.RollBackTo(2);
        var lost = upstream.KeyOf("/top/0042");
        File.Delete(Path.Combine(replica.Folder, ObjectPath.Of(lost)));
        var options = new ReplicationOptions { Repository = upstream.Name.ToString(), Upstream = server.Url, StorageFolder = replica.Folder, VerifyPresent = true };
        await using var careful = new Replica(options, upstream.TrustedKeys);

        var report = await careful.SnapshotAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(report.Succeeded, report.Message);
        Assert.Equal(0, report.ObjectsUnchanged);
        ReplicaInvariants.Check(replica.Folder);
    }

    [Fact]
    public async Task What_does_not_fit_in_memory_is_looked_for_one_by_one()
    {
        using var upstream = await new RepositoryBuilder().Files("/top", 300).Revision().File("/new", "new").BuildAsync();
        using var catalog = upstream.OpenCatalog();
        var budget = new Replication.Planning.MemoryBudget(2000);
        Assert.Null(Replication.Planning.Counterpart.TryRead(catalog, budget, TestContext.Current.CancellationToken));
        Assert.True(budget.TryTake(2000)); // all of it was given back
        budget = new Replication.Planning.MemoryBudget(1 << 20);
        using (var read = Replication.Planning.Counterpart.TryRead(catalog, budget, TestContext.Current.CancellationToken))
        {
            Assert.All(catalog.ReadObjectReferences(), reference => Assert.True(read!.Contains(reference.Key)));
            Assert.All(catalog.ReadObjectReferences(), reference => Assert.False(read!.Contains(reference.Key with { Suffix = ObjectSuffix.Partial })));
            var random = new Random(1);
            byte[] digest = new byte[ContentHash.DigestBytes];
            for (int i = 0; i < 1000; i++)
            {
                random.NextBytes(digest);
                Assert.False(read!.Contains(new ObjectKey(new ContentHash(HashAlgorithmId.Sha1, digest))));
            }

            Assert.False(budget.TryTake(1 << 20));
        }

        Assert.True(budget.TryTake(1 << 20));
    }
}
