using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Crash;

/// <summary>The tool, killed with SIGKILL at random instants, and what the next run finds. See docs/testing.md for the long run.</summary>
public sealed class KillTests
{
    private const int Seed = 20260101;
    private const int QuickKills = 10;
    private const int SlowKills = 200;

    [Fact]
    [Conforms("stratum1", 8)]
    [Conforms("stratum1", 14)]
    [Conforms("stratum1", 45)]
    [Conforms("stratum1", 56)]
    public Task A_killed_snapshot_leaves_what_can_be_served_and_the_next_one_completes_it() => KillAsync(QuickKills, Seed);

    [SlowFact]
    [Conforms("stratum1", 3)]
    [Conforms("stratum1", 8)]
    [Conforms("stratum1", 43)]
    [Conforms("stratum1", 45)]
    [Conforms("stratum1", 56)]
    public Task Hundreds_of_killed_snapshots_leave_what_can_be_served_and_the_next_one_completes_it()
        => KillAsync(SlowLane.Number("CVMFSNET_KILLS", SlowKills), SlowLane.Number("CVMFSNET_KILL_SEED", Seed + 1));

    private static async Task KillAsync(int kills, int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}, {kills} kills");
        using var upstream = await Upstream().BuildAsync("last");
        await using var origin = await TestOrigin.StartAsync(upstream.Path, upstream.Name.ToString());
        int newest = upstream.Manifests.Count - 1;
        var harness = new KillHarness(upstream, origin, seed);
        for (int round = 0; harness.Kills < kills; round++)
        {
            var (prepared, first, last) = (round % 5) switch
            {
                0 => ((int?)null, 3, 3),        // a first snapshot
                1 => (1, newest, newest),       // many revisions and tags at once
                2 => (null, 0, 0),              // a first snapshot of next to nothing: publishing is most of it
                3 => (2, 4, newest),            // an upstream that moves on between runs
                _ => (newest - 1, newest, newest), // a small increment
            };
            await harness.TortureAsync(prepared, first, last, kills - harness.Kills);
        }
    }

    /// <summary>Six revisions, some tagged: nested catalogs that come, change and stay, chunked files, content that returns.</summary>
    private static RepositoryBuilder Upstream() => new RepositoryBuilder().Options(options => options with { HasAlternativePaths = true })
        .Nested("/a").Files("/a", 12).Nested("/a/deep").Files("/a/deep", 10).Nested("/b").Files("/b", 12).Chunked("/b/large").Files("/top", 5).Revision()
        .File("/a/deep/0001", "changed").Files("/a/more", 6).Revision("second")
        .Nested("/c").Files("/c", 10).Nested("/c/deep/er").Chunked("/c/deep/er/large", 60_000, seed: 2).RandomFile("/c/file", 150_000).Revision("third")
        .Remove("/a/more").File("/b/0001", "content of /b 1\n, changed").Revision()
        .Files("/d", 8).Nested("/d").File("/top/0001", "once more").Revision("fifth")
        .File("/a/deep/0001", "changed again").Chunked("/b/large", 100_000, seed: 3);
}
