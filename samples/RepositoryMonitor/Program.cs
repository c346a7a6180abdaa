// Who serves what, and is it well?
//
//   dotnet run --project samples/RepositoryMonitor -- cvmfs-stratum-one.cern.ch cvmfs-s1fnal.opensciencegrid.org:8000
//   dotnet run --project samples/RepositoryMonitor -- --serve http://127.0.0.1:8080 cvmfs-stratum-one.cern.ch     (needs ASP.NET Core)
//
// deploy/ has what a host needs to run `cvmfs-net monitor` itself: a line for cron, a unit for systemd.
using Cvmfs.Net.Monitoring;
using Cvmfs.Net.Monitoring.Checks;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.Tracking;
using Cvmfs.Net.Monitoring.Web;
using Microsoft.AspNetCore.Builder;

if (args is ["--serve", var url, .. var hosts])
{
    // A monitor with page, metrics and probes inside a program of one's own:
    using var monitor = new FleetMonitor(MonitoredFleet.Of([.. hosts.Select(ScrapeTarget.Parse)]), new MonitorOptions { DatabaseFile = "monitor.db" });
    using var web = new MonitorWeb(monitor);
    using var stop = new CancellationTokenSource();
    var app = WebApplication.CreateSlimBuilder().Build();
    app.Urls.Add(url);
    app.Lifetime.ApplicationStopping.Register(stop.Cancel);
    web.Run(app);
    await Task.WhenAll(app.RunAsync(), monitor.RunAsync(stop.Token));
    return;
}

// One look, in ten lines:
using var scraper = new StratumScraper();
var servers = await scraper.ScrapeAsync(args);
foreach (var server in servers)
{
    Console.WriteLine($"{server.Target.Name}: {server.Outcome} {server.Detail}");
    foreach (var repository in server.Repositories) Console.WriteLine($"  {repository.Name,-32} {repository.Outcome,-12} revision {repository.Manifest?.Revision}");
}

foreach (var finding in StandardChecks.Judge(FleetView.Of(servers, DateTimeOffset.UtcNow)).Where(check => check.Status != CheckStatus.Ok))
    Console.WriteLine($"{finding.Status}: {finding.Server} {finding.Repository}: {finding.Message}");
