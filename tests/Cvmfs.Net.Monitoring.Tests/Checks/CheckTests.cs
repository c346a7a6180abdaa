using System.Text;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Monitoring.Checks;
using Cvmfs.Net.Monitoring.Tracking;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Monitoring.Tests.Checks;

public sealed class CheckTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 10, 0, 0, 0, TimeSpan.Zero);

    [Theory, Conforms("monitoring", 63)]
    [InlineData(7.98, CheckStatus.Ok)]
    [InlineData(8, CheckStatus.Warning)]
    [InlineData(23.98, CheckStatus.Warning)]
    [InlineData(24, CheckStatus.Failed)]
    public void Snapshot_ages_are_judged_at_their_limits(double hours, CheckStatus expected)
    {
        var result = Assert.Single(new StalenessCheck().Judge(FleetView.Of([Server("s1", Repository(7, Now.AddHours(-hours)))], Now)));
        Assert.Equal(expected, result.Status);
    }

    [Fact, Conforms("monitoring", 77)]
    public void A_standing_replicator_is_found_though_nothing_new_was_published()
    {
        var results = new StalenessCheck().Judge(FleetView.Of([Server("s0", Repository(7, null)), Server("s1", Repository(7, Now.AddHours(-9)))], Now)).ToList();
        Assert.Equal([CheckStatus.Ok, CheckStatus.Warning], results.Select(result => result.Status));
    }

    [Fact, Conforms("monitoring", 76)]
    public void A_busy_publishers_replica_that_is_twenty_minutes_behind_is_in_order()
    {
        var history = new FleetHistory();
        for (int minutes = 0; minutes <= 120; minutes += 5)
        {
            // A revision every five minutes, and a replica that has what was published four revisions ago.
            ulong revision = 100 + (ulong)(minutes / 5);
            var view = history.Observe([Server("s0", Repository(revision, null)) with { Role = ServerRole.Stratum0 }, Server("s1", Repository(revision - 4, null)) with { Role = ServerRole.Stratum1 }], Now.AddMinutes(minutes));
            if (minutes > 20) Assert.Equal(TimeSpan.FromMinutes(15), view.Find("s1", RepositoryName.Parse("soft.example.org"))!.Lag);
            if (minutes > 20) Assert.All(new LagCheck().Judge(view), result => Assert.Equal(CheckStatus.Ok, result.Status));
        }
    }

    [Fact, Conforms("monitoring", 16)]
    public void A_pass_through_replica_is_not_judged()
        => Assert.Empty(new StalenessCheck().Judge(FleetView.Of([Server("s1", Repository(7, Now.AddDays(-9)) with { IsPassThrough = true })], Now)));

    [Fact]
    public void A_revision_that_nobody_verified_does_not_make_the_others_old()
    {
        var liar = Repository(99, null) with { Outcome = RepositoryOutcome.Invalid };
        var view = FleetView.Of([Server("liar", liar), Server("s1", Repository(7, Now))], Now);
        Assert.Equal("s1", view.Reference(liar.Name)!.Server);
        Assert.Equal([CheckStatus.Ok], new LagCheck().Judge(view).Select(result => result.Status));
        Assert.Equal([CheckStatus.Failed, CheckStatus.Ok], new ManifestCheck().Judge(view).Select(result => result.Status));
    }

    [Theory, Conforms("monitoring", 74), Conforms("monitoring", 12)]
    [InlineData(30, 10.3, CheckStatus.Ok)]
    [InlineData(30, 10.1, CheckStatus.Warning)]
    [InlineData(7, 3.1, CheckStatus.Ok)]
    [InlineData(7, 2.9, CheckStatus.Warning)]
    [InlineData(30, 0.9, CheckStatus.Failed)]
    [InlineData(30, -0.1, CheckStatus.Failed)]
    public void Whitelists_are_judged_by_their_own_life(double lifeDays, double leftDays, CheckStatus expected)
    {
        var expires = Now.AddDays(leftDays);
        var report = Repository(7, null) with { Whitelist = WhitelistOf(expires.AddDays(-lifeDays), expires) };
        Assert.Equal(expected, Assert.Single(new WhitelistExpiryCheck().Judge(FleetView.Of([Server("s1", report)], Now))).Status);
    }

    [Fact]
    public void Without_a_whitelist_nothing_is_claimed()
        => Assert.Equal(CheckStatus.Unknown, Assert.Single(new WhitelistExpiryCheck().Judge(FleetView.Of([Server("s1", Repository(7, null))], Now))).Status);

    internal static ServerReport Server(string name, params RepositoryReport[] repositories) => new()
    {
        Target = ScrapeTarget.Parse("s.example.org") with { Name = name },
        Outcome = ServerOutcome.Reachable,
        ScrapedAt = Now,
        Duration = TimeSpan.FromSeconds(1.5),
        Repositories = repositories,
        Endpoints = [],
    };

    internal static RepositoryReport Repository(ulong revision, DateTimeOffset? snapshot) => new()
    {
        Name = RepositoryName.Parse("soft.example.org"),
        Path = "/cvmfs/soft.example.org",
        Outcome = RepositoryOutcome.Ok,
        Manifest = Manifest.Parse(Encoding.ASCII.GetBytes($"C{new string('a', 40)}\nB100\nRd41d8cd98f00b204e9800998ecf8427e\nD240\nS{revision}\nGyes\nNsoft.example.org\nT1767225600\n")),
        Status = snapshot is { } time ? StatusDocument.Empty.WithLastSnapshot(time) : StatusDocument.Empty,
        LastSnapshot = snapshot,
    };

    internal static Whitelist WhitelistOf(DateTimeOffset created, DateTimeOffset expires)
        => Whitelist.Parse(Encoding.ASCII.GetBytes($"{created:yyyyMMddHHmmss}\nE{expires:yyyyMMddHHmmss}\nNsoft.example.org\n--\n{new string('a', 40)}\nx"));
}
