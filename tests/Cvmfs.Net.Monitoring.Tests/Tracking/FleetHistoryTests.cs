using Cvmfs.Net.Manifests;
using Cvmfs.Net.Monitoring.Tests.Checks;
using Cvmfs.Net.Monitoring.Tracking;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Tracking;

public sealed class FleetHistoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 10, 0, 0, 0, TimeSpan.Zero);
    private static readonly RepositoryName Name = RepositoryName.Parse("soft.example.org");

    [Fact, Conforms("monitoring", 35)]
    public void Publishing_again_while_a_replica_is_behind_resets_nothing_and_neither_does_a_restart()
    {
        var history = new FleetHistory();
        history.Observe(Fleet(7, 7), Start);
        Assert.Equal(TimeSpan.Zero, Standing(history, 8, 7, 10).Lag);
        Assert.Equal(TimeSpan.FromMinutes(10), Standing(history, 9, 7, 20).Lag);
        history = FleetHistory.Load(history.Save());
        var late = Standing(history, 10, 7, 30);
        Assert.Equal((TimeSpan.FromMinutes(20), 3UL, Start.AddMinutes(10)), (late.Lag, late.RevisionLag, late.BehindSince));
        Assert.Equal(TimeSpan.FromMinutes(20), Standing(history, 10, 8, 40).Lag); // it lacks what came at 20
        Assert.Equal((TimeSpan.Zero, null), (Standing(history, 10, 10, 50).Lag, Standing(history, 10, 10, 50).BehindSince));
    }

    [Fact]
    public void On_a_cold_start_the_publish_times_stand_in()
    {
        var origin = CheckTests.Repository(9, null) with
        {
            PublishHistory = [new PublishedRevision(7, Start.AddHours(-9)), new PublishedRevision(8, Start.AddHours(-5)), new PublishedRevision(9, Start.AddHours(-1))],
        };
        var view = FleetView.Of([CheckTests.Server("s0", origin) with { Role = ServerRole.Stratum0 }, CheckTests.Server("s1", CheckTests.Repository(7, null))], Start);
        Assert.Equal(TimeSpan.FromHours(5), view.Find("s1", Name)!.Lag);
    }

    [Fact, Conforms("monitoring", 36)]
    public void The_same_revision_with_another_root_is_a_conflict()
    {
        var other = CheckTests.Repository(7, null) with { Manifest = Manifest.Parse(System.Text.Encoding.ASCII.GetBytes($"C{new string('b', 40)}\nRd41d8cd98f00b204e9800998ecf8427e\nD240\nS7\n")) };
        var view = FleetView.Of([CheckTests.Server("s0", CheckTests.Repository(7, null)) with { Role = ServerRole.Stratum0 }, CheckTests.Server("s1", other)], Start);
        Assert.Equal((false, true), (view.Find("s0", Name)!.IsConflict, view.Find("s1", Name)!.IsConflict));
        Assert.Contains("cvmfs_probe_repository_root_hash_conflict{server=\"s1\",repository=\"soft.example.org\"} 1\n", Monitoring.Reporting.MetricsReport.Write(view), StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_ahead_of_the_reference_is_a_conflict_only_after_a_while()
    {
        var history = new FleetHistory();
        Assert.False(Standing(history, 7, 8, 0).IsConflict);
        Assert.False(Standing(history, 7, 8, 10).IsConflict);
        Assert.True(Standing(history, 7, 8, 11).IsConflict);
    }

    [Fact, Conforms("monitoring", 37)]
    public void A_revision_that_goes_down_is_one_roll_back()
    {
        var history = new FleetHistory();
        Standing(history, 9, 8, 0);
        Assert.Equal(1, Standing(history, 9, 7, 1).Rollbacks);
        Assert.Equal((1, 0), (Standing(history, 9, 7, 2).Rollbacks, Standing(history, 9, 7, 3).Changes));
        Assert.Equal((1, 1), (Standing(history, 9, 9, 4).Rollbacks, Standing(history, 9, 9, 5).Changes));
    }

    [Fact]
    public void The_reference_is_the_stratum_0_then_the_sync_server_then_the_highest()
    {
        ServerReport[] fleet = [CheckTests.Server("s1", CheckTests.Repository(9, null)), CheckTests.Server("sync", CheckTests.Repository(8, null)) with { Role = ServerRole.SyncServer }, CheckTests.Server("s0", CheckTests.Repository(7, null)) with { Role = ServerRole.Stratum0 }];
        Assert.Equal(("s0", ReferenceSource.Stratum0), Reference(fleet));
        Assert.Equal(("sync", ReferenceSource.Sync), Reference(fleet[..2]));
        Assert.Equal(("s1", ReferenceSource.Quorum), Reference(fleet[..1]));

        static (string, ReferenceSource) Reference(ServerReport[] servers) => FleetView.Of(servers, Start).Reference(Name) is { } found ? (found.Server, found.Source) : default;
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"version":2}""")]
    [InlineData("""{"version":1,"seen":{"no/name":[1,2]},"traces":[]}""")]
    public void What_is_no_saved_state_is_refused(string json) => Assert.Throws<CvmfsFormatException>(() => FleetHistory.Load(System.Text.Encoding.UTF8.GetBytes(json)));

    private static ServerReport[] Fleet(ulong origin, ulong replica) =>
        [CheckTests.Server("s0", CheckTests.Repository(origin, null)) with { Role = ServerRole.Stratum0 }, CheckTests.Server("s1", CheckTests.Repository(replica, null))];

    private static RepositoryStanding Standing(FleetHistory history, ulong origin, ulong replica, int minutes) => history.Observe(Fleet(origin, replica), Start.AddMinutes(minutes)).Find("s1", Name)!;
}
