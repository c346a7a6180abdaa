using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Journal;

/// <summary>The machine goes down in the middle of a run: names may be there without their bytes, and later files without earlier ones.</summary>
public sealed class PowerLossTests
{
    [Fact]
    [Conforms("stratum1", 15)]
    [Conforms("stratum1", 40)]
    [Conforms("stratum1", 56)]
    public async Task What_was_written_before_the_loss_is_read_again_and_replaced_where_it_is_wrong()
    {
        using var upstream = await Tree().BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        using var killed = await KilledRun.AtRequestAsync(upstream, server, 60);
        var files = ReplicaInvariants.Objects(killed!.Folder).Where(path => !char.IsAsciiLetterUpper(path[^1])).Order().ToList();
        Damage(killed.Folder, files[0], content => []);
        Damage(killed.Folder, files[1], content => content[..^1]);
        Damage(killed.Folder, files[2], content => new byte[content.Length]);

        var report = await killed.ResumeAsync(upstream, server, bootId: "two");

        Assert.True(report.Succeeded, report.Message);
        ReplicaInvariants.Check(killed.Folder);
        Assert.Equal(files[..3], server.Objects.Intersect(killed.Received).Where(path => !path.EndsWith('X')).Order()); // the others were right
    }

    [Fact]
    [Conforms("stratum1", 8)]
    [Conforms("stratum1", 41)]
    public async Task A_catalog_that_the_disk_had_before_its_objects_is_not_taken_for_whole()
    {
        using var upstream = await Tree().BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        KilledRun? found = null;
        string? catalog = null;
        for (int nth = 30; catalog is null; nth += 10)
        {
            found?.Dispose();
            found = await KilledRun.AtRequestAsync(upstream, server, nth);
            Assert.NotNull(found);
            catalog = ReplicaInvariants.Objects(found.Folder).Where(path => path.EndsWith('C'))
                .FirstOrDefault(path => ReplicaInvariants.Reachable(found.Folder, [path]).Count > 10);
        }

        using var killed = found!;
        var lost = ReplicaInvariants.Reachable(killed.Folder, [catalog]).Where(path => path != catalog).Order().Take(5).ToList();
        foreach (string path in lost) File.Delete(Path.Combine(killed.Folder, path));

        // The same boot: nothing is in doubt, the catalog vouches for its objects. This is what the test is about.
        Assert.True(SuspectsAreTheReason(killed));
        var report = await killed.ResumeAsync(upstream, server, bootId: "two");
        Assert.True(report.Succeeded, report.Message);
        ReplicaInvariants.Check(killed.Folder);
        Assert.Superset(lost.ToHashSet(), server.Objects.ToHashSet());
    }

    [Fact]
    [Conforms("stratum1", 56)]
    public async Task A_doubt_outlives_a_second_kill_and_ends_where_a_file_was_looked_at()
    {
        using var upstream = await Tree().BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        using var first = await KilledRun.AtRequestAsync(upstream, server, 60);
        string victim = ReplicaInvariants.Objects(first!.Folder).Where(path => !char.IsAsciiLetterUpper(path[^1])).Order().Last();
        Damage(first.Folder, victim, content => content[..^1]);
        using var second = await KilledRun.AtRequestAsync(upstream, server, 1, first.Folder, bootId: "two"); // killed before it has looked at anything
        Assert.True((await second!.ResumeAsync(upstream, server, bootId: "two")).Succeeded);
        ReplicaInvariants.Check(second.Folder);

        File.Delete(Path.Combine(second.Folder, ".cvmfspublished"));
        var report = await second.ResumeAsync(upstream, server, bootId: "three");
        Assert.Equal((SnapshotOutcome.Updated, 0L, 0L), (report.Outcome, report.ObjectsKnown, report.ObjectsFetched)); // its catalogs are whole again
    }

    [Fact]
    [Conforms("stratum1", 56)]
    public async Task A_marker_is_there_while_something_is_not_on_the_disk_and_not_longer()
    {
        using var upstream = await Tree().BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        await using var replica = new ReplicaSetup(server.Url, upstream.Name.ToString(), upstream.TrustedKeys, options => options.FlushBeforePublishing = true);
        var seen = new List<bool>();
        server.Interfere = (_, path) =>
        {
            if (path.StartsWith("data/", StringComparison.Ordinal) && !path.EndsWith('X')) lock (seen) seen.Add(replica.Has(".replica/transfer.marker"));
            return Task.FromResult(false);
        };
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        Assert.NotEmpty(seen);
        Assert.All(seen, Assert.True);
        Assert.False(replica.Has(".replica/transfer.marker"));
    }

    [Fact]
    [Conforms("stratum1", 40)]
    [Conforms("stratum1", 41)]
    public async Task On_demand_everything_present_is_read_and_what_is_wrong_or_missing_below_it_is_filled_in()
    {
        using var upstream = await Tree().BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        await using var replica = new ReplicaSetup(server.Url, upstream.Name.ToString(), upstream.TrustedKeys);
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        string damaged = ObjectPath.Of(upstream.KeyOf("/a/deep/0003"));
        string missing = ObjectPath.Of(upstream.KeyOf("/c/deep/large"));
        Damage(replica.Folder, damaged, content => [.. content[..^1], (byte)(content[^1] ^ 1)]);
        File.Delete(Path.Combine(replica.Folder, missing));
        using var nested = upstream.OpenCatalog();
        string catalog = ObjectPath.Of(new ObjectKey(nested.NestedCatalogs[1].Hash, ObjectSuffix.Catalog));
        File.Delete(Path.Combine(replica.Folder, catalog));
        server.Requests.Clear();
        Assert.Equal(SnapshotOutcome.Unchanged, (await replica.SnapshotAsync()).Outcome);
        Assert.DoesNotContain(server.Objects, path => !path.EndsWith('X'));

        await using var careful = new Replica(
            new ReplicationOptions { Repository = upstream.Name.ToString(), Upstream = server.Url, StorageFolder = replica.Folder, VerifyPresent = true }, upstream.TrustedKeys);
        var report = await careful.SnapshotAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(report.Succeeded, report.Message);
        Assert.Equal(new[] { damaged, missing, catalog }.Order(), server.Objects.Where(path => !path.EndsWith('X')).Order());
        ReplicaInvariants.Check(replica.Folder);
    }

    private static bool SuspectsAreTheReason(KilledRun killed) => File.ReadAllText(Path.Combine(killed.Folder, ".replica/transfer.marker")).StartsWith("boot one\n", StringComparison.Ordinal);

    private static RepositoryBuilder Tree() => new RepositoryBuilder()
        .Nested("/a").Files("/a", 20).Nested("/a/deep").Files("/a/deep", 15).Nested("/b").Files("/b", 20).Nested("/c").Nested("/c/deep").Chunked("/c/deep/large")
        .RandomFile("/c/file", 200_000).Files("/top", 10);

    private static void Damage(string folder, string path, Func<byte[], byte[]> damage)
    {
        string file = Path.Combine(folder, path);
        var changed = File.GetLastWriteTimeUtc(file);
        File.WriteAllBytes(file, damage(File.ReadAllBytes(file)));
        File.SetLastWriteTimeUtc(file, changed);
    }
}
