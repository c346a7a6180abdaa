using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Planning;

/// <summary>Catalogs of old layouts, and catalogs that are not there any more.</summary>
public sealed class OldCatalogTests
{
    [Theory]
    [Conforms("stratum1", 24)]
    [InlineData("1.2", "ALTER TABLE catalog RENAME COLUMN hardlinks TO inode", "DROP TABLE chunks", "DROP TABLE statistics", "DROP TABLE bind_mountpoints")]
    [InlineData("2.40000009536743", "DROP TABLE bind_mountpoints")]
    public async Task Catalogs_without_newer_tables_are_copied_with_all_that_they_name(string schema, params string[] changes)
    {
        using var upstream = await new RepositoryBuilder().Files("/a", 5).Nested("/n").Files("/n", 5).BuildAsync();
        upstream.EditRootCatalog([
            .. changes, $"UPDATE properties SET value = '{schema}' WHERE key = 'schema'", "UPDATE properties SET value = '0' WHERE key = 'schema_revision'"]);
        using (var old = Catalog.Open(upstream.ReadCatalog(upstream.Manifest.RootCatalog))) Assert.Equal(schema[0] == '2', old.Schema.HasChunks);
        await using var replica = new ReplicaSetup(upstream.Path, upstream.Name.ToString(), upstream.TrustedKeys);

        var report = await replica.SnapshotAsync();

        Assert.True(report.Succeeded, report.Message);
        Assert.All(Enumerable.Range(0, 5), i => Assert.True(replica.Has(ObjectPath.Of(upstream.KeyOf($"/a/{i:d4}")))));
        Assert.All(Enumerable.Range(0, 5), i => Assert.True(replica.Has(ObjectPath.Of(upstream.KeyOf($"/n/{i:d4}")))));
        Assert.Equal(File.ReadAllBytes(upstream.RootFile(".cvmfspublished")), replica.Read(".cvmfspublished"));
    }

    [Fact]
    [Conforms("stratum1", 33)]
    public async Task The_predecessor_of_a_nested_catalog_may_be_gone()
    {
        using var upstream = await new RepositoryBuilder().GarbageCollectable().Options(options => options with { AutoTags = false }).Nested("/n").File("/n/f", "1")
            .Revision().File("/n/f", "2").Revision().File("/n/f", "3").Revision().File("/n/f", "4").BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.RollBackTo(1).Path, upstream.Name.ToString());
        await using var following = new ReplicaSetup(server.Url, upstream.Name.ToString(), upstream.TrustedKeys);
        Assert.True((await following.SnapshotAsync()).Succeeded);

        // The upstream collects the second revision, which the third names as its predecessor, in the root and in /n. (The third is a tag.)
        var root = new ObjectKey(ContentHash.Parse(Encoding.Latin1.GetString(upstream.Manifests[2]).Split('\n').First(line => line.StartsWith('C')).AsSpan(1)), ObjectSuffix.Catalog);
        ObjectKey nested;
        using (var catalog = upstream.OpenCatalog(root: root.Hash)) nested = new ObjectKey(catalog.FindNested(RepositoryPath.Parse("/n/f"))!.Value.Hash, ObjectSuffix.Catalog);
        upstream.RollBackTo(3);
        using (var catalog = upstream.OpenCatalog("/n/f")) Assert.Equal(nested.Hash, catalog.PreviousRevision);
        upstream.RollBackTo(4).Remove(root).Remove(nested);
        server.Requests.Clear();

        var report = await following.SnapshotAsync();
        Assert.True(report.Succeeded, report.Message);
        Assert.Equal((SnapshotOutcome.Updated, 0L, 4UL), (report.Outcome, report.FailureCount, report.Revision));
        Assert.DoesNotContain(ObjectPath.Of(nested), server.Objects);
        ReplicaInvariants.Check(following.Folder);

        await using var fresh = new ReplicaSetup(server.Url, upstream.Name.ToString(), upstream.TrustedKeys);
        Assert.Equal(SnapshotOutcome.Updated, (await fresh.SnapshotAsync()).Outcome);
        ReplicaInvariants.Check(fresh.Folder);
    }
}
