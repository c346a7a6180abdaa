using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Journal;

/// <summary>What the run after a kill does, and what it does not do again.</summary>
public sealed class ResumeTests
{
    [Fact]
    [Conforms("stratum1", 8)]
    [Conforms("stratum1", 14)]
    [Conforms("stratum1", 56)]
    public async Task A_run_that_is_killed_at_any_request_is_completed_without_fetching_anything_twice()
    {
        using var upstream = await Tree().BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        int kills = 0;
        for (int nth = 1; await KilledRun.AtRequestAsync(upstream, server, nth) is { } killed; nth += 3)
        {
            using (killed)
            {
                kills++;
                Assert.False(File.Exists(Path.Combine(killed.Folder, ".cvmfspublished")));
                var report = await killed.ResumeAsync(upstream, server);
                Assert.True(report.Succeeded, report.Message);
                Assert.Empty(server.Objects.Intersect(killed.Received.Where(path => !path.EndsWith('X')))); // the certificate is part of asking
                AssertWhole(upstream, killed.Folder);
            }
        }

        Assert.InRange(kills, 20, 100);
    }

    [Fact]
    [Conforms("stratum1", 56)]
    public async Task A_run_that_is_killed_again_and_again_gets_on_each_time()
    {
        using var upstream = await Tree().BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        KilledRun? last = null;
        var received = new HashSet<string>();
        try
        {
            while (await KilledRun.AtRequestAsync(upstream, server, 9, last?.Folder) is { } next)
            {
                last?.Dispose();
                last = next;
                Assert.All(next.Received.Where(path => !path.EndsWith('X')), path => Assert.True(received.Add(path), $"{path} came twice"));
            }

            Assert.InRange(received.Count, 60, 200);
            Assert.True((await last!.ResumeAsync(upstream, server)).Succeeded);
            AssertWhole(upstream, last.Folder);
        }
        finally
        {
            last?.Dispose();
        }
    }

    [Fact]
    [Conforms("stratum1", 56)]
    public async Task A_catalog_whose_own_objects_were_stored_is_not_listed_again()
    {
        using var upstream = await new RepositoryBuilder().Files("/top", 50).Nested("/a").Files("/a", 30).BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        using var killed = await KilledRun.AtRequestAsync(upstream, server, 70);
        int present = ReplicaInvariants.Objects(killed!.Folder).Count(path => !char.IsAsciiLetterUpper(path[^1]));
        Assert.InRange(present, 51, 79); // of 50 at the top; 30, and the mark of the nested catalog, in /a

        var report = await killed.ResumeAsync(upstream, server);

        Assert.True(report.Succeeded, report.Message);
        Assert.Equal((present - 50, 81 - present), ((int)report.ObjectsKnown, server.Objects.Count(path => !char.IsAsciiLetterUpper(path[^1]))));
        AssertWhole(upstream, killed.Folder);
    }

    [Fact]
    [Conforms("stratum1", 56)]
    public async Task After_a_garbage_collection_the_catalog_is_listed_again()
    {
        using var upstream = await new RepositoryBuilder().Files("/top", 50).Nested("/a").Files("/a", 30).BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        using var killed = await KilledRun.AtRequestAsync(upstream, server, 70);
        string victim = ReplicaInvariants.Objects(killed!.Folder).First(path => !char.IsAsciiLetterUpper(path[^1]));
        File.Delete(Path.Combine(killed.Folder, victim)); // nothing that is kept refers to it yet
        File.WriteAllText(Path.Combine(killed.Folder, ".cvmfs_status.json"), """{"last_gc":"Sun Nov 22 09:29:34 UTC 2026"}""");

        Assert.True((await killed.ResumeAsync(upstream, server)).Succeeded);
        AssertWhole(upstream, killed.Folder);
    }

    [Theory]
    [Conforms("stratum1", 56)]
    [InlineData("gone")]
    [InlineData("cut")]
    [InlineData("flipped")]
    [InlineData("foreign")]
    public async Task A_journal_that_is_damaged_costs_time_and_nothing_else(string damage)
    {
        using var upstream = await Tree().BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        using var killed = await KilledRun.AtRequestAsync(upstream, server, 60);
        foreach (string name in (string[])["journal", "transfer.marker"])
        {
            string path = Path.Combine(killed!.Folder, ".replica", name);
            if (!File.Exists(path)) continue;
            byte[] content = File.ReadAllBytes(path);
            if (damage == "gone") Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
            else if (damage == "cut") File.WriteAllBytes(path, content[..^5]);
            else if (damage == "foreign") File.WriteAllBytes(path, new byte[777]);
            else File.WriteAllBytes(path, [.. content.Select((b, i) => i == 40 ? (byte)(b ^ 1) : b)]);
        }

        var report = await killed!.ResumeAsync(upstream, server);
        Assert.True(report.Succeeded, report.Message);
        Assert.Empty(server.Objects.Intersect(killed.Received.Where(path => !path.EndsWith('X')))); // what is there is hashed, and right
        AssertWhole(upstream, killed.Folder, mayKeepDoubts: true);
    }

    [Fact]
    [Conforms("stratum1", 56)]
    public async Task A_staged_catalog_that_was_damaged_is_fetched_again()
    {
        using var upstream = await Tree().BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        using var killed = await KilledRun.AtRequestAsync(upstream, server, 60);
        string victim = Directory.GetFiles(Path.Combine(killed!.Folder, "data/txn/staged")).Order().First();
        File.WriteAllBytes(victim, File.ReadAllBytes(victim)[..^1]);
        string name = Path.GetFileName(victim);

        Assert.True((await killed.ResumeAsync(upstream, server)).Succeeded);
        Assert.Contains(ReplicaInvariants.PathOf(name, ""), server.Objects);
        AssertWhole(upstream, killed.Folder);
    }

    [Fact]
    [Conforms("stratum1", 14)]
    public async Task What_is_staged_for_a_revision_that_nobody_wants_any_more_is_swept()
    {
        using var upstream = await Tree().Revision().Remove("/c").File("/new", "new").BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.RollBackTo(1).Path, upstream.Name.ToString());
        using var killed = await KilledRun.AtRequestAsync(upstream, server, 60);
        upstream.RollBackTo(2);
        Assert.True((await killed!.ResumeAsync(upstream, server)).Succeeded);
        Assert.False(Directory.Exists(Path.Combine(killed.Folder, "data/txn/staged")));
        Assert.Equal(upstream.Manifests[2], File.ReadAllBytes(Path.Combine(killed.Folder, ".cvmfspublished")));
    }

    [Fact]
    [Conforms("stratum1", 55)]
    public async Task What_a_run_could_not_get_the_next_one_asks_for_first()
    {
        using var upstream = await new RepositoryBuilder().Files("/top", 20).Nested("/a").Files("/a", 20).BuildAsync();
        await using var server = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        string victim = Objects.ObjectPath.Of(upstream.KeyOf("/a/0007"));
        server.Interfere = (context, path) =>
        {
            if (path != victim) return Task.FromResult(false);
            context.Response.StatusCode = 404;
            return Task.FromResult(true);
        };
        await using var replica = new ReplicaSetup(server.Url, upstream.Name.ToString(), upstream.TrustedKeys);
        Assert.Equal(SnapshotOutcome.Incomplete, (await replica.SnapshotAsync()).Outcome);
        server.Interfere = null;
        server.Requests.Clear();

        var report = await replica.SnapshotAsync();

        Assert.True(report.Succeeded, report.Message);
        Assert.Equal([victim], server.Objects); // catalogs and all else are there
        ReplicaInvariants.Check(replica.Folder);
    }

    /// <summary>Roughly a hundred objects in six catalogs, two of them below others.</summary>
    private static RepositoryBuilder Tree() => new RepositoryBuilder()
        .Nested("/a").Files("/a", 20).Nested("/a/deep").Files("/a/deep", 15).Nested("/b").Files("/b", 20).Nested("/c").Nested("/c/deep").Chunked("/c/deep/large")
        .RandomFile("/c/file", 200_000).Files("/top", 10);

    private static void AssertWhole(BuiltRepository upstream, string folder, bool mayKeepDoubts = false)
    {
        ReplicaInvariants.Check(folder);
        Assert.Equal(upstream.Manifests[^1], File.ReadAllBytes(Path.Combine(folder, ".cvmfspublished")));
        Assert.False(Directory.Exists(Path.Combine(folder, "data/txn/staged")));
        Assert.False(File.Exists(Path.Combine(folder, ".replica/journal")));
        if (!mayKeepDoubts) Assert.False(File.Exists(Path.Combine(folder, ".replica/transfer.marker")));
    }
}
