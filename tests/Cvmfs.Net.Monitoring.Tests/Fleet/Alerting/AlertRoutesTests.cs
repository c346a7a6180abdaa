using System.Text;
using System.Text.RegularExpressions;
using Cvmfs.Net.Monitoring.Fleet.Rendering;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Fleet.Alerting;

public sealed class AlertRoutesTests
{
    private readonly AlertRoutes _routes = new(Render("alertmanager", "alertmanager/alertmanager.yml"));

    [Fact, Conforms("monitoring", 73)]
    public void A_dead_source_silences_lag_and_not_a_dead_replicator()
    {
        var source = Alert("CvmfsReferenceUnreachable", "ticket", server: "s0");
        Assert.True(_routes.IsSilencedBy(Alert("CvmfsReplicaLagging", "ticket", server: "s1-a", repository: "soft.demo.test"), source));
        Assert.True(_routes.IsSilencedBy(Alert("CvmfsReplicaLagSevere", "page", server: "s1-a", repository: "soft.demo.test"), source));
        Assert.False(_routes.IsSilencedBy(Alert("CvmfsSnapshotStale", "ticket", server: "s1-a", repository: "soft.demo.test"), source));
        Assert.False(_routes.IsSilencedBy(Alert("CvmfsReplicaLagging", "ticket", server: "t1", environment: "test"), source));
    }

    [Fact]
    public void A_dead_server_silences_the_rest_of_what_is_said_of_it_and_a_page_its_own_ticket()
    {
        var down = Alert("CvmfsServerDown", "page", server: "s1-a");
        Assert.True(_routes.IsSilencedBy(Alert("CvmfsGeoDown", "ticket", server: "s1-a"), down));
        Assert.False(_routes.IsSilencedBy(Alert("CvmfsGeoDown", "ticket", server: "s1-b"), down));
        Assert.True(_routes.IsSilencedBy(down, Alert("CvmfsAllReplicasDown", "page")));
        Assert.True(_routes.IsSilencedBy(Alert("CvmfsTlsExpiring", "ticket", server: "s1-a"), Alert("CvmfsTlsExpiring", "page", server: "s1-a")));
        Assert.False(_routes.IsSilencedBy(Alert("CvmfsTlsExpiring", "ticket", server: "s1-b"), Alert("CvmfsTlsExpiring", "page", server: "s1-a")));
    }

    [Theory, Conforms("monitoring", 75)]
    [InlineData("prod", "critical", "core", "page", "pager")]
    [InlineData("prod", "standard", "core", "ticket", "tracker")]
    [InlineData("prod", "best-effort", "partner", "page", "owner partner")]
    [InlineData("prod", "best-effort", "partner", "info", "tracker")]
    [InlineData("test", "critical", "core", "page", "chat")]
    [InlineData("test", "standard", "core", "ticket", "chat")]
    [InlineData("test", "best-effort", "partner", "info", "chat")]
    [InlineData("", "", "", "ticket", "tracker")]
    public void An_alert_reaches_whom_the_file_names(string environment, string tier, string owner, string severity, string receiver)
        => Assert.Equal(receiver, _routes.ReceiverOf(new() { ["alertname"] = "CvmfsServerDown", ["environment"] = environment, ["tier"] = tier, ["owner"] = owner, ["severity"] = severity }));

    [Fact, Conforms("monitoring", 75)]
    public void No_rule_knows_an_environment_so_that_tests_are_alerted_with_the_same_words()
        => Assert.DoesNotMatch(new Regex("environment=~?\\\\?\""), Render("prometheus-rules", "prometheus/rules.yml"));

    private static Dictionary<string, string> Alert(string name, string severity, string server = "", string repository = "", string environment = "prod")
        => new() { ["alertname"] = name, ["severity"] = severity, ["server"] = server, ["repository"] = repository, ["environment"] = environment };

    private static string Render(string format, string path) => Encoding.UTF8.GetString(FleetRenderer.Render(FleetFixture.Fleet(), format, FleetFixture.Now).Single(file => file.Path == path).Content.Span);
}
