using Cvmfs.Net.Monitoring.Fleet;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Tests.Fleet;

public sealed class FleetTargetsTests
{
    private static readonly string s_odd = FleetFixture.Change("s1-a: {host: a.demo.test,", "s1-a: {host: a.demo.test, scheme: https, path: /mirror/cvmfs/,")
        .Replace("servers: [s1-b], text: New disks", "servers: [s1-a, px1], repositories: [dev.demo.test], text: New disks", StringComparison.Ordinal)
        + "  - {id: proxy-only, from: 2026-01-12T08:00:00Z, to: 2026-01-12T10:00:00Z, servers: [px1]}\n";

    [Fact]
    public void A_monitor_looks_at_the_same_targets_as_everybody_else()
    {
        var fleet = FleetFixture.Fleet(s_odd);
        var targets = FleetTargets.Of(fleet).ToDictionary(target => target.Name, StringComparer.Ordinal);
        var monitored = Monitored(s_odd);
        Assert.Equal(targets.Keys.Order(StringComparer.Ordinal), monitored.Servers.Select(server => server.Target.Name).Order(StringComparer.Ordinal));
        foreach (var server in monitored.Servers)
        {
            var target = targets[server.Target.Name];
            Assert.Equal((target.BaseUrl, target.Role, target.Backend, target.OnlyThese), (server.Target.BaseUrl, server.Target.Role, server.Target.Backend, server.Target.OnlyThese));
            Assert.Equal(target.Repositories, server.Target.Repositories);
        }

        Assert.Equal("https://a.demo.test/mirror", targets["s1-a"].BaseUrl.AbsoluteUri);
        Assert.Equal(ServerRole.Unknown, targets["edge"].Role);
    }

    [Fact]
    public void A_bucket_is_looked_at_when_the_file_says_what_is_in_it_and_a_gateway_never()
    {
        string bucket = FleetFixture.Change("  t1: {", "  gate: {host: g.demo.test, role: gateway, environment: prod, owner: core}\n  full: {host: f.demo.test, role: bucket, environment: prod, owner: core, repositories: [soft.demo.test]}\n"
            + "  empty: {host: e.demo.test, role: bucket, environment: prod, owner: core}\n  t1: {");
        var targets = FleetTargets.Of(FleetFixture.Fleet(bucket)).ToList();
        Assert.DoesNotContain(targets, target => target.Name is "gate" or "empty");
        Assert.Equal(ServerBackend.S3, Assert.Single(targets, target => target.Name == "full").Backend);
    }

    [Fact]
    public void Planned_work_names_servers_as_the_page_does_and_leaves_out_what_is_not_on_it()
    {
        var windows = Monitored(s_odd).Configuration.Maintenance;
        var window = Assert.Single(windows);
        Assert.Equal(["https://a.demo.test/mirror"], window.Servers);
        Assert.Equal(["dev.demo.test"], window.Repositories);
        var page = StatusPageConfiguration.Parse(Cvmfs.Net.Monitoring.Fleet.Rendering.FleetRenderer.Render(FleetFixture.Fleet(s_odd), "status-page", FleetFixture.Now).First(file => file.Path == "status-page/prod.json").Content);
        Assert.Equal(window.Servers, Assert.Single(page.Maintenance).Servers);
        Assert.Contains(page.Servers, server => server.HostName == window.Servers[0]);
    }

    internal static MonitoredFleet Monitored(string yaml)
    {
        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        string key = rsa.ExportSubjectPublicKeyInfoPem();
        return MonitoredFleet.Of(FleetReader.Read([("fleet.yaml", yaml)], FleetFixture.Now, _ => key).Fleet!, FleetFixture.Now);
    }
}
