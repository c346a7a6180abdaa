using System.Text;
using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Monitoring.Fleet.Rendering;
using Cvmfs.Net.Monitoring.Reporting;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.Tests.Fleet;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Reporting;

public sealed class FleetFamiliesTests
{
    private static readonly DateTimeOffset s_during = new(2026, 1, 12, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_running_monitor_says_of_the_fleet_what_the_rendered_file_says()
    {
        var fleet = FleetTargetsTests.Monitored(FleetFixture.Yaml);
        string rendered = Encoding.UTF8.GetString(FleetRenderer.Render(fleet.Fleet!, "prometheus-rules", FleetFixture.Now).First(file => file.Path == "prometheus/fleet.prom").Content.Span);
        using var monitor = new FleetMonitor(fleet, new MonitorOptions { Scraping = new ScraperOptions { TimeProvider = new FakeClock(FleetFixture.Now) } });
        string facts = string.Concat(rendered.Split('\n').SkipWhile(line => !line.StartsWith("# HELP", StringComparison.Ordinal)).Select(line => line + "\n")).TrimEnd('\n');
        Assert.Contains("role=\"proxy\"", facts, StringComparison.Ordinal);
        Assert.Contains(facts, monitor.WriteMetrics(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("servers: [s1-b]", "server=s1-b")]
    [InlineData("servers: [s1-b, px2], repositories: [dev.demo.test]", "server=px2 server=s1-b repository=dev.demo.test")]
    [InlineData("servers: [px1]", "server=px1")]
    [InlineData("repositories: [soft.demo.test]", "repository=soft.demo.test")]
    [InlineData("all: true", "server=bucket server=edge server=px1 server=px2 server=px3 server=s0 server=s1-a server=s1-b server=s1-c server=t1 repository=dev.demo.test repository=seen.demo.test repository=soft.demo.test")]
    public void A_window_of_the_file_is_told_of_servers_proxies_and_repositories(string about, string expected)
    {
        var fleet = FleetTargetsTests.Monitored(FleetFixture.Change("servers: [s1-b]", about));
        Assert.Equal(expected, Maintenance(fleet, fleet.Configuration.Maintenance, s_during));
        Assert.Equal("", Maintenance(fleet, fleet.Configuration.Maintenance, s_during.AddHours(1)));
    }

    [Fact]
    public void A_silence_names_servers_by_id_or_host_and_proxies_and_repositories_too()
    {
        var fleet = FleetTargetsTests.Monitored(FleetFixture.Yaml);
        var silence = new MaintenanceWindow { From = s_during.AddDays(-9), To = s_during.AddDays(-8), Servers = ["a.demo.test", "px3", "s1-c"], Repositories = ["soft.demo.test"] };
        Assert.Equal("server=px3 server=s1-a server=s1-c repository=soft.demo.test", Maintenance(fleet, [silence], silence.From));
        Assert.EndsWith("repository=seen.demo.test repository=soft.demo.test", Maintenance(fleet, [silence with { Servers = [], Repositories = [] }], silence.From), StringComparison.Ordinal);
    }

    private static string Maintenance(MonitoredFleet fleet, IReadOnlyList<MaintenanceWindow> windows, DateTimeOffset now)
    {
        var text = new PrometheusText();
        FleetFamilies.WriteMaintenance(text, fleet, windows, ["seen.demo.test"], now);
        return string.Join(' ', text.ToString().Split('\n').Where(line => line.StartsWith("cvmfs_fleet_maintenance{", StringComparison.Ordinal))
            .Select(line => line["cvmfs_fleet_maintenance{".Length..].Replace("\"} 1", "", StringComparison.Ordinal).Replace("=\"", "=", StringComparison.Ordinal)));
    }
}
