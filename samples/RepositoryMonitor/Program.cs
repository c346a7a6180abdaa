// Who serves what, and is it well? Ten lines of a monitor of one's own:
//
//   dotnet run --project samples/RepositoryMonitor -- cvmfs-stratum-one.cern.ch cvmfs-s1fnal.opensciencegrid.org:8000
using Cvmfs.Net.Monitoring;
using Cvmfs.Net.Monitoring.Checks;
using Cvmfs.Net.Monitoring.Tracking;

using var scraper = new StratumScraper();
var servers = await scraper.ScrapeAsync(args);
foreach (var server in servers)
{
    Console.WriteLine($"{server.Target.Name}: {server.Outcome} {server.Detail}");
    foreach (var repository in server.Repositories) Console.WriteLine($"  {repository.Name,-32} {repository.Outcome,-12} revision {repository.Manifest?.Revision}");
}

foreach (var finding in StandardChecks.Judge(FleetView.Of(servers, DateTimeOffset.UtcNow)).Where(check => check.Status != CheckStatus.Ok))
    Console.WriteLine($"{finding.Status}: {finding.Server} {finding.Repository}: {finding.Message}");
