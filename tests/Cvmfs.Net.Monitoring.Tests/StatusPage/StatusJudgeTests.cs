using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.StatusPage.Rendering;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.StatusPage;

public sealed class StatusJudgeTests
{
    private const string Policy = "\"sync_policy\": \"eessi-distance\", \"rules\": [";

    [Theory, Conforms("monitoring", 40), Conforms("monitoring", 42)]
    // revisions of s0, three s1, sync; 0 stands for a server that is away
    [InlineData(7, 7, 7, 7, 7, "OK OK OK OK")]
    [InlineData(7, 7, 7, 6, 7, "OK OK OK OK")]       // one behind: a warning for that server, two others count
    [InlineData(7, 7, 6, 6, 7, "DEGRADED OK WARNING OK")]
    [InlineData(7, 5, 5, 5, 7, "FAILED OK FAILED OK")]
    [InlineData(0, 7, 7, 7, 7, "WARNING FAILED OK OK")]
    [InlineData(7, 7, 7, 7, 0, "WARNING OK OK FAILED")]
    [InlineData(7, 0, 0, 7, 7, "DEGRADED OK WARNING OK")]
    [InlineData(7, 0, 0, 0, 7, "FAILED OK FAILED OK")]
    [InlineData(0, 7, 7, 5, 7, "FAILED FAILED FAILED FAILED")] // without a Stratum 0 the furthest of the others counts, for everybody
    public void By_distance_the_statuses_are_those_of_the_page_that_is_copied(ulong s0, ulong a, ulong b, ulong c, ulong sync, string expected)
    {
        var configuration = PageFixture.Configuration(PageFixture.Json.Replace("\"rules\": [", Policy, StringComparison.Ordinal));
        var reports = PageFixture.Reports([.. new[] { s0, a, b, c, sync }.Select(revision => revision == 0 ? (ulong?)null : revision)]);
        var page = StatusJudge.Judge(configuration, reports, PageFixture.Now);
        Assert.Equal(expected, string.Join(' ', new[] { page.Overall, page.Stratum0, page.Stratum1, page.SyncServers }.Select(status => status.Name())));
    }

    [Fact, Conforms("monitoring", 76)]
    public void By_lag_a_busy_publisher_makes_nothing_red()
    {
        var published = PageFixture.Now.AddMinutes(-20);
        var reports = PageFixture.Reports(20, 16, 16, 16, 16);
        reports[0] = PageFixture.Server(PageFixture.Hosts[0], PageFixture.Repository("soft.example.org", 20, null, published));
        Assert.Equal(ServiceStatus.Ok, Judge(reports).Overall);
    }

    [Theory]
    [InlineData(45, ServiceStatus.Ok)]
    [InlineData(46, ServiceStatus.Warning)]
    [InlineData(135, ServiceStatus.Warning)]
    [InlineData(136, ServiceStatus.Failed)]
    public void Lag_is_judged_at_its_limits(int minutes, ServiceStatus expected)
    {
        var reports = PageFixture.Reports(8, 7, 8, 8, 8);
        reports[0] = PageFixture.Server(PageFixture.Hosts[0], PageFixture.Repository("soft.example.org", 8, null, PageFixture.Now.AddMinutes(-minutes)));
        var cell = Judge(reports).Servers[1].Repositories[0];
        Assert.Equal((expected, 1ul, TimeSpan.FromMinutes(minutes)), (cell.Status, cell.Distance, cell.Lag));
    }

    [Fact, Conforms("monitoring", 35)]
    public void A_newer_revision_does_not_reset_since_when_a_replica_is_behind()
    {
        var first = Judge(Behind(8, PageFixture.Now.AddMinutes(-30)));
        var since = first.Servers[1].Repositories[0].BehindSince;
        Assert.Equal(PageFixture.Now.AddMinutes(-30), since);

        // Through the file, as a later run of the program sees it.
        var previous = PreviousStatus.Parse(StatusPageJson.Write(first));
        var later = PageFixture.Now.AddMinutes(40);
        var second = StatusJudge.Judge(PageFixture.Configuration(), Behind(9, later.AddMinutes(-1)), later, previous);
        var cell = second.Servers[1].Repositories[0];
        Assert.Equal((since, TimeSpan.FromMinutes(70), ServiceStatus.Warning), (cell.BehindSince, cell.Lag, cell.Status));

        static ServerReport[] Behind(ulong newest, DateTimeOffset published)
        {
            var reports = PageFixture.Reports(newest, 7, newest, newest, newest);
            reports[0] = PageFixture.Server(PageFixture.Hosts[0], PageFixture.Repository("soft.example.org", newest, null, published));
            return reports;
        }
    }

    [Theory, Conforms("monitoring", 63), Conforms("monitoring", 77)]
    [InlineData(7.98, ServiceStatus.Ok)]
    [InlineData(8, ServiceStatus.Warning)]
    [InlineData(24, ServiceStatus.Failed)]
    public void A_dead_replicator_is_told_by_its_last_snapshot_though_revisions_are_equal(double hours, ServiceStatus expected)
    {
        var reports = PageFixture.Reports(7, 7, 7, 7, 7);
        reports[1] = PageFixture.Server(PageFixture.Hosts[1], PageFixture.Repository("soft.example.org", 7, PageFixture.Now.AddHours(-hours)));
        Assert.Equal(expected, Judge(reports).Servers[1].Status);
    }

    [Fact, Conforms("monitoring", 52)]
    public void A_server_that_failed_keeps_what_it_had_with_its_age()
    {
        var before = PreviousStatus.Parse(StatusPageJson.Write(Judge(PageFixture.Reports(7, 7, 7, 7, 7))));
        var later = PageFixture.Now.AddHours(2);
        var away = PageFixture.Reports(7, null, 7, 7, 7);
        var page = StatusJudge.Judge(PageFixture.Configuration(), away, later, before);
        var server = page.Servers[1];
        Assert.Equal((ServiceStatus.Failed, false, PageFixture.Now), (server.Status, server.IsReachable, server.LastSeen));
        var cell = Assert.Single(server.Repositories);
        Assert.Equal((7ul, PageFixture.Now, ServiceStatus.Unknown), (cell.Revision, cell.SeenAt, cell.Status));

        // And in the run after that, still with the age of what was seen.
        var again = StatusJudge.Judge(PageFixture.Configuration(), away, later.AddHours(1), PreviousStatus.Parse(StatusPageJson.Write(page)));
        Assert.Equal(PageFixture.Now, again.Servers[1].Repositories[0].SeenAt);
        Assert.Equal(PageFixture.Now, again.Servers[1].LastSeen);
    }

    [Fact, Conforms("monitoring", 44)]
    public void Maintenance_comes_from_rules_and_from_windows()
    {
        var ruled = PageFixture.Json.Replace("{\"status\": \"FAILED\", \"when\": \"sync_servers == 0\"}", "{\"status\": \"MAINTENANCE\", \"when\": \"true\"}", StringComparison.Ordinal);
        Assert.Equal(ServiceStatus.Maintenance, StatusJudge.Judge(PageFixture.Configuration(ruled), PageFixture.Reports(7, 7, 7, 7, 7), PageFixture.Now).SyncServers);

        string window = "\"maintenance\": [{\"from\": \"2026-01-10T11:00:00Z\", \"to\": \"2026-01-10T13:00:00Z\", \"servers\": [\"sync.example.org\"], \"text\": \"Disks\"}], \"rules\": [";
        var configuration = PageFixture.Configuration(PageFixture.Json.Replace("\"rules\": [", window, StringComparison.Ordinal));
        var page = StatusJudge.Judge(configuration, PageFixture.Reports(7, 7, 7, 7, null), PageFixture.Now);
        Assert.Equal((ServiceStatus.Maintenance, ServiceStatus.Maintenance, ServiceStatus.Maintenance), (page.Servers[4].Status, page.SyncServers, page.Overall));
        Assert.Equal(ServiceStatus.Failed, StatusJudge.Judge(configuration, PageFixture.Reports(7, 7, 7, 7, null), PageFixture.Now.AddHours(1)).SyncServers);
    }

    [Fact, Conforms("monitoring", 41)]
    public void Rules_are_tried_in_order_and_nothing_that_holds_means_failed()
    {
        var rule = new StatusRuleSet("x", "", [new(ServiceStatus.Warning, "nobody > 1"), new(ServiceStatus.Degraded, "1 +"), new(ServiceStatus.Ok, "n > 0"), new(ServiceStatus.Failed, "true")]);
        var warnings = new List<string>();
        Assert.Equal(ServiceStatus.Ok, rule.Judge(new Dictionary<string, Cvmfs.Net.Monitoring.StatusPage.Rules.RuleValue> { ["n"] = Cvmfs.Net.Monitoring.StatusPage.Rules.RuleValue.Of(1) }, warnings));
        Assert.Equal(2, warnings.Count);
        Assert.Contains("rule x, condition 1 (WARNING when nobody > 1), column 1: the variable nobody has no value here.", warnings[0], StringComparison.Ordinal);
        Assert.Equal(ServiceStatus.Failed, new StatusRuleSet("x", "", [new(ServiceStatus.Ok, "false")]).Judge(new Dictionary<string, Cvmfs.Net.Monitoring.StatusPage.Rules.RuleValue>()));
    }

    [Fact]
    public void A_manifest_with_a_wrong_signature_is_no_reference()
    {
        var reports = PageFixture.Reports(7, 7, 7, 7, 7);
        var liar = PageFixture.Repository("soft.example.org", 99, PageFixture.Now) with { Outcome = RepositoryOutcome.Invalid, Error = ErrorClass.Signature, Detail = "wrong" };
        reports[0] = PageFixture.Server(PageFixture.Hosts[0], liar);
        var page = Judge(reports);
        Assert.Equal((7ul, "sync.example.org"), (page.Repositories[0].Revision, page.Repositories[0].ReferenceServer));
        Assert.Equal([ServiceStatus.Failed, ServiceStatus.Ok], page.Servers.Take(2).Select(server => server.Status));
    }

    [Fact]
    public void A_repository_is_not_called_failed_while_a_public_replica_serves_it()
    {
        var reports = PageFixture.Reports(7, 7, 7, 7, 7);
        reports[1] = PageFixture.Server(PageFixture.Hosts[1], PageFixture.Repository("soft.example.org", 7, PageFixture.Now.AddDays(-3)));
        Assert.Equal(ServiceStatus.Warning, Judge(reports).Repositories[0].Status);
    }

    [Fact]
    public void Rules_may_speak_of_what_else_is_measured_and_not_of_what_nobody_measured()
    {
        string json = PageFixture.Json.Replace("stratum0_servers == 0\"", "whitelist_min_hours < 481 && repos_total == 1 && stratum1_servers_total == 3 && max_lag_seconds == 0 && !maintenance\"", StringComparison.Ordinal);
        Assert.Equal(ServiceStatus.Failed, StatusJudge.Judge(PageFixture.Configuration(json), PageFixture.Reports(7, 7, 7, 7, 7), PageFixture.Now).Stratum0);
        json = PageFixture.Json.Replace("stratum0_servers == 0\"", "objects_missing == 0\"", StringComparison.Ordinal);
        var page = StatusJudge.Judge(PageFixture.Configuration(json), PageFixture.Reports(7, 7, 7, 7, 7), PageFixture.Now);
        Assert.Equal(ServiceStatus.Ok, page.Stratum0);
        Assert.Contains("objects_missing has no value", Assert.Single(page.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void History_counts_runs_by_day_and_notes_changes()
    {
        var configuration = PageFixture.Configuration();
        var page = Judge(PageFixture.Reports(7, 7, 7, 7, 7));
        var next = StatusJudge.Judge(configuration, PageFixture.Reports(7, null, 7, 7, 7), PageFixture.Now.AddMinutes(2), PreviousStatus.Parse(StatusPageJson.Write(page)), StatusHistory.Parse(page.History.ToBytes()));
        string line = StatusHistory.ServerLine(PageFixture.Hosts[1]);
        Assert.Equal(0.5, next.History.Availability(line, PageFixture.Now));
        Assert.Equal(ServiceStatus.Failed, next.History.Typical(line, PageFixture.Now));
        Assert.Null(next.History.Availability(line, PageFixture.Now.AddDays(-1)));
        Assert.Equal([(line, ServiceStatus.Ok, ServiceStatus.Failed)], next.History.Changes.Select(change => (change.Line, change.From, change.To)));
        var dropped = StatusJudge.Judge(configuration, PageFixture.Reports(7, 7, 7, 7, 7), PageFixture.Now.AddDays(90), null, next.History);
        Assert.Null(dropped.History.Availability(line, PageFixture.Now));
    }

    private static StatusPageReport Judge(ServerReport[] reports) => StatusJudge.Judge(PageFixture.Configuration(), reports, PageFixture.Now);
}
