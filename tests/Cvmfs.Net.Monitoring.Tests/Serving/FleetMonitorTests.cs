using System.Threading.Channels;
using Cvmfs.Net.Monitoring.Incidents;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.Tests.Fleet;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Serving;

public sealed class FleetMonitorTests
{
    [Fact]
    public async Task A_failure_opens_an_incident_tells_receivers_and_outlives_the_process()
    {
        using var folder = new TempFolder();
        using var hook = new DocumentHandler().Put("http://hooks.example.org/x", "");
        var route = new AlertRoute(new AlertReceiver("hook", new Uri("http://hooks.example.org/x")), AlertSeverity.Ticket);
        await using var running = await RunningMonitor.StartAsync(
            fleet => fleet with { Routes = [route] }, options => options with { DatabaseFile = folder.Combine("m.db"), AlertHandler = hook });
        await running.Monitor.RunOnceAsync(TestContext.Current.CancellationToken);
        var incident = Assert.Single(running.Monitor.Snapshot!.Incidents, one => one.Line == "server/" + RunningMonitor.Away);
        Assert.Equal((ServiceStatus.Failed, AlertSeverity.Ticket), (incident.Status, incident.Severity));
        Assert.Contains("refused", incident.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Single(hook.Asked);

        running.Clock.Advance(TimeSpan.FromMinutes(2));
        running.Monitor.Dispose(); // and another process goes on
        using var next = new FleetMonitor(running.Monitor.Fleet, running.Monitor.Options);
        await next.RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.Equal(incident.Id, next.Snapshot!.Incidents.Single(one => one.Line == incident.Line).Id);
        Assert.Single(hook.Asked);
        Assert.Equal(4, next.Database.Count("scrapes"));
        Assert.Equal(2, next.Snapshot.Public.Durations[running.Well].OfType<double>().Count());
        string html = Monitoring.StatusPage.Rendering.StatusPageHtml.Write(next.Snapshot.Public);
        Assert.Single(html.Split("class=\"sparkline\"")[1..]); // the server that is away has none
        Assert.NotNull(next.Snapshot.Public.History.Availability(StatusHistory.OverallLine, running.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task Planned_work_tells_nobody()
    {
        using var hook = new DocumentHandler();
        var route = new AlertRoute(new AlertReceiver("hook", new Uri("http://hooks.example.org/x")), AlertSeverity.Info);
        await using var running = await RunningMonitor.StartAsync(
            fleet => fleet with { Routes = [route], Configuration = fleet.Configuration with { Maintenance = [new MaintenanceWindow { From = DateTimeOffset.MinValue, To = DateTimeOffset.MaxValue, Servers = [RunningMonitor.Away] }] } },
            options => options with { AlertHandler = hook });
        await running.Monitor.RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ServiceStatus.Maintenance, running.Monitor.Snapshot!.All.Servers[1].Status);
        Assert.DoesNotContain(running.Monitor.Snapshot.Incidents, incident => incident.Line.StartsWith("server/", StringComparison.Ordinal));
        Assert.Contains($"cvmfs_fleet_maintenance{{server=\"{RunningMonitor.Away}\"}} 1\n", running.Monitor.WriteMetrics(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Planned_work_and_a_server_that_leaves_the_fleet_end_what_was_told()
    {
        var told = Channel.CreateUnbounded<string>();
        using var hook = new DocumentHandler
        {
            Before = async (request, token) =>
            {
                string body = await request.Content!.ReadAsStringAsync(token);
                if (body.Contains($"\"component\":\"server/{RunningMonitor.Away}\"", StringComparison.Ordinal)) told.Writer.TryWrite(body.Split("\"event_action\":\"")[1].Split('"')[0]);
            },
        };
        var route = new AlertRoute(new AlertReceiver("hook", new Uri("http://hooks.example.org/x"), AlertForm.PagerDuty) { Key = "k" }, AlertSeverity.Info);
        await using var running = await RunningMonitor.StartAsync(fleet => fleet with { Routes = [route] }, options => options with { AlertHandler = hook });
        var token = TestContext.Current.CancellationToken;
        await running.Monitor.RunOnceAsync(token);
        string id = running.Monitor.Silences.Add(System.Text.Encoding.UTF8.GetBytes($$"""{"to":"2100-01-01T00:00:00Z","servers":["{{RunningMonitor.Away}}"]}"""));
        await running.Monitor.RunOnceAsync(token);
        Assert.True(running.Monitor.Silences.Remove(id));
        await running.Monitor.RunOnceAsync(token);

        using var stop = new CancellationTokenSource();
        running.Monitor.Reload(running.Monitor.Fleet.Only([running.Monitor.Fleet.Servers[0]]));
        var run = running.Monitor.RunAsync(stop.Token);
        foreach (string expected in (string[])["trigger", "resolve", "trigger", "resolve"]) Assert.Equal(expected, await told.Reader.ReadAsync(token));
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task A_file_of_silences_is_read_when_it_changes_and_a_broken_one_leaves_what_was_announced()
    {
        using var folder = new TempFolder();
        string file = folder.Combine("silences.json");
        await using var running = await RunningMonitor.StartAsync(options: options => options with { SilenceFile = file });
        var token = TestContext.Current.CancellationToken;
        await running.Monitor.RunOnceAsync(token);
        Assert.Equal(ServiceStatus.Failed, running.Monitor.Snapshot!.All.Servers[1].Status);
        await File.WriteAllTextAsync(file, $$"""[{"from":"2020-01-01T00:00:00Z","to":"2100-01-01T00:00:00Z","servers":["{{RunningMonitor.Away}}"]}]""", token);
        await running.Monitor.RunOnceAsync(token);
        Assert.Equal(ServiceStatus.Maintenance, running.Monitor.Snapshot!.All.Servers[1].Status);
        await File.WriteAllTextAsync(file, "[{]", token);
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(1));
        await running.Monitor.RunOnceAsync(token);
        Assert.Equal(ServiceStatus.Maintenance, running.Monitor.Snapshot!.All.Servers[1].Status);
    }

    [Fact]
    public async Task A_prober_that_sees_nothing_accuses_nobody()
    {
        using var hook = new DocumentHandler { Before = (_, _) => throw new HttpRequestException("no network") };
        var route = new AlertRoute(new AlertReceiver("hook", new Uri("http://hooks.example.org/x")), AlertSeverity.Info);
        await using var running = await RunningMonitor.StartAsync(
            fleet => fleet.Only([ProbeLoopsTests.Server("127.0.0.1:1"), ProbeLoopsTests.Server("127.0.0.1:2")]) with { Routes = [route] }, options => options with { AlertHandler = hook });
        await running.Monitor.RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.Contains("cvmfs_probe_vantage_online 0\n", running.Monitor.WriteMetrics(), StringComparison.Ordinal);
        Assert.Empty(hook.Asked);
    }

    [Fact]
    public async Task What_a_blind_first_round_showed_is_announced_once_the_prober_sees()
    {
        using var folder = new TempFolder();
        using var hook = new DocumentHandler().Put("http://hooks.example.org/x", "");
        var route = new AlertRoute(new AlertReceiver("hook", new Uri("http://hooks.example.org/x")), AlertSeverity.Ticket);
        await using var running = await RunningMonitor.StartAsync(
            fleet => fleet.Only([ProbeLoopsTests.Server("127.0.0.1:1"), ProbeLoopsTests.Server("127.0.0.1:2")]) with { Routes = [route] },
            options => options with { AlertHandler = hook, DatabaseFile = folder.Combine("m.db") });
        var token = TestContext.Current.CancellationToken;
        await running.Monitor.RunOnceAsync(token);
        Assert.NotNull(running.Monitor.Snapshot); // a page that says what little is known is better than none
        Assert.Empty(running.Monitor.Snapshot.Incidents);
        Assert.Equal(0, running.Monitor.Database.Count("incidents"));
        Assert.Equal(0, running.Monitor.Database.Count("days"));

        running.Clock.Advance(TimeSpan.FromMinutes(2));
        running.Monitor.Dispose();
        using var next = new FleetMonitor(running.Monitor.Fleet.Only([ProbeLoopsTests.Server("127.0.0.1:1")]), running.Monitor.Options); // one that is away says nothing about the prober
        await next.RunOnceAsync(token);
        Assert.Single(next.Snapshot!.Incidents, one => one.Line == "server/127.0.0.1:1");
        Assert.NotEmpty(hook.Asked);
    }

    [Fact]
    public async Task An_alert_that_nobody_took_yet_outlives_the_process()
    {
        using var folder = new TempFolder();
        using var none = new CancellationTokenSource();
        using var away = new DocumentHandler { Before = async (_, _) => { await none.CancelAsync(); throw new HttpRequestException("away"); } };
        using var back = new DocumentHandler().Put("http://hooks.example.org/x", "");
        var route = new AlertRoute(new AlertReceiver("hook", new Uri("http://hooks.example.org/x")), AlertSeverity.Ticket);
        await using var running = await RunningMonitor.StartAsync(
            fleet => fleet with { Routes = [route] }, options => options with { DatabaseFile = folder.Combine("m.db"), AlertHandler = away });
        await running.Monitor.RunOnceAsync(none.Token); // the end comes while the receiver is away
        Assert.Single(away.Asked);
        Assert.Equal(1, running.Monitor.Database.Count("outbox"));
        running.Monitor.Dispose();

        using var next = new FleetMonitor(running.Monitor.Fleet, running.Monitor.Options with { AlertHandler = back });
        await next.RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.Single(back.Asked);
        Assert.Equal(0, next.Database.Count("outbox"));
        Assert.Contains("cvmfs_probe_alerts_total{outcome=\"sent\"} 1\n", next.WriteMetrics(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_on_its_own_takes_another_fleet_and_ends_when_told()
    {
        var rounds = Channel.CreateUnbounded<MonitorSnapshot>();
        await using var running = await RunningMonitor.StartAsync(fleet => fleet.Only([fleet.Servers[0]]), options => options with { RoundMade = one => rounds.Writer.TryWrite(one) });
        using var stop = new CancellationTokenSource();
        var run = running.Monitor.RunAsync(stop.Token);
        Assert.Equal(ServiceStatus.Ok, (await rounds.Reader.ReadAsync(TestContext.Current.CancellationToken)).Public.Servers.Single().UpdateStatus);
        Assert.True(running.Monitor.IsFresh);

        var more = MonitoredFleet.Of([.. running.Monitor.Fleet.Servers.Select(server => server.Target), ScrapeTarget.Parse(RunningMonitor.Away)]);
        running.Monitor.Reload(more);
        await rounds.Reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, running.Monitor.Fleet.Servers.Count);
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task Of_a_server_that_left_nothing_is_kept()
    {
        var rounds = System.Threading.Channels.Channel.CreateUnbounded<MonitorSnapshot>();
        await using var running = await RunningMonitor.StartAsync(options: options => options with { RoundMade = snapshot => rounds.Writer.TryWrite(snapshot) });
        using var stop = new CancellationTokenSource();
        var run = running.Monitor.RunAsync(stop.Token);
        await rounds.Reader.ReadAsync(TestContext.Current.CancellationToken);
        string gone = $"server=\"{RunningMonitor.Away}\"";
        Assert.Contains(gone, running.Monitor.WriteMetrics(), StringComparison.Ordinal);
        Assert.Equal(2, running.Monitor.Allowances.Count);

        running.Monitor.Reload(MonitoredFleet.Of([running.Monitor.Fleet.Servers[0].Target]));
        await rounds.Reader.ReadAsync(TestContext.Current.CancellationToken);
        string metrics = running.Monitor.WriteMetrics();
        Assert.DoesNotContain(gone, metrics, StringComparison.Ordinal);
        Assert.Contains($"cvmfs_probe_runs_total{{server=\"{running.Well}\"", metrics, StringComparison.Ordinal);
        Assert.Equal(1, running.Monitor.Allowances.Count);
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task Objects_are_hashed_within_their_allowance_and_otherwise_only_asked_for()
    {
        await using var running = await RunningMonitor.StartAsync(options: options => options with { ObjectBytesPerHour = 0 });
        await running.Monitor.RunOnceAsync(TestContext.Current.CancellationToken);
        Assert.All(running.Monitor.Snapshot!.All.Servers[0].Report.Repositories[0].Objects.Where(one => one.Kind != ObjectKind.Certificate), one => Assert.False(one.IsHashed));

        await using var generous = await RunningMonitor.StartAsync();
        await generous.Monitor.RunOnceAsync(TestContext.Current.CancellationToken);
        var objects = generous.Monitor.Snapshot!.All.Servers[0].Report.Repositories[0].Objects;
        Assert.All(objects, one => Assert.True(one.IsHashed));
        Assert.Contains(objects, one => !one.IsRoot);
    }

    [Fact]
    public void A_fleet_file_gives_servers_keys_limits_and_planned_work()
    {
        string key = System.Security.Cryptography.RSA.Create(2048).ExportSubjectPublicKeyInfoPem();
        var read = Cvmfs.Net.Monitoring.Fleet.FleetReader.Read([("fleet.yaml", FleetFixture.Yaml)], FleetFixture.Now, _ => key);
        var fleet = MonitoredFleet.Of(read.Fleet!, FleetFixture.Now);
        Assert.Equal(["s0", "bucket", "s1-a", "s1-b", "s1-c", "t1", "edge"], fleet.Servers.Select(server => server.Target.Name));
        Assert.Equal(["s0", "bucket", "s1-a", "s1-b", "s1-c"], fleet.Servers.Where(server => server.IsPublic).Select(server => server.Target.Name));
        Assert.Equal("c.partner.test:8000", fleet.Servers[4].Page.HostName);
        Assert.Equal("test", fleet.Servers[5].Target.Environment);
        Assert.True(fleet.Keys.Count > 0);
        Assert.Equal(TimeSpan.FromMinutes(45), fleet.Configuration.RepositoryLimits["soft.demo.test"].MaxLag);
        Assert.Equal(["b.demo.test"], Assert.Single(fleet.Configuration.Maintenance).Servers);
        Assert.Equal(["soft.demo.test"], fleet.Servers[1].Target.Repositories.Select(name => name.ToString()));
    }
}
