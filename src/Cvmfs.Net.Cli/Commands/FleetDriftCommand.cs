using System.CommandLine;
using Cvmfs.Net.Monitoring;
using Cvmfs.Net.Monitoring.Fleet.Drift;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>fleet drift</c>: where the world differs from the fleet file.</summary>
internal static class FleetDriftCommand
{
    public static Command Create(CliHost host)
    {
        var file = FleetCommand.FileArgument();
        var clients = Paths("--client-config", "Folder of clients' configuration: /etc/cvmfs, or a checked-out configuration repository. Repeatable.", "DIR");
        var targets = Paths("--prometheus-targets", "File of targets that Prometheus reads. Repeatable.", "FILE");
        var pages = Paths("--status-page", "Configuration of a status page. Repeatable.", "FILE");
        var noServers = new Option<bool>("--no-servers") { Description = "Do not ask servers." };
        var noNames = new Option<bool>("--no-dns") { Description = "Do not look names up." };
        var noGeo = new Option<bool>("--no-geo") { Description = "Do not ask the geo API." };
        var timeout = new Option<int?>("--timeout") { Description = "Longest time for one server. Default 30.", HelpName = "SECONDS" };
        var json = new Option<bool>("--json") { Description = "One JSON document." };
        var prometheus = new Option<bool>("--prometheus") { Description = "Numbers of differences as metrics in Prometheus' text format." };
        var command = new CliCommand(
            "drift",
            "Compare a fleet file with what names, servers, clients' configuration and other programs' files say. "
            + "Ends with 0 when nothing differs, with 1 when something does, and with 4 when nothing that was seen differs but something could not be looked at.",
            "fleet drift fleet.yaml --client-config /etc/cvmfs",
            "fleet drift fleet.yaml --no-servers --no-dns --client-config ./config-repo --json",
            "fleet drift fleet.yaml --prometheus > /var/lib/prometheus/node-exporter/drift.prom")
        {
            file, clients, targets, pages, noServers, noNames, noGeo, timeout, json, prometheus,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(prometheus)) result.AddError("--json and --prometheus exclude each other.");
            if (result.GetValue(timeout) is < 1 or > 3600) result.AddError("--timeout: expected 1 to 3600 seconds.");
            bool looksAtFiles = result.GetResult(clients) is not null || result.GetResult(targets) is not null || result.GetResult(pages) is not null;
            if (result.GetValue(noServers) && result.GetValue(noNames) && !looksAtFiles) result.AddError("There is nothing to compare with: neither servers nor names nor files.");
        });
        return command.Runs(async (parse, cancellationToken) =>
        {
            var result = await FleetCommand.ReadAsync(host, parse.GetRequiredValue(file).FullName, cancellationToken);
            if (result.Fleet is not { } fleet) return ExitCodes.Failed;
            var scraper = new ScraperOptions { TimeProvider = host.Clock, ServerTimeout = TimeSpan.FromSeconds(parse.GetValue(timeout) ?? 30) };
            var report = await FleetDrift.CompareAsync(
                fleet,
                new FleetDriftOptions
                {
                    Scraper = parse.GetValue(noGeo) ? scraper with { GeoQueries = [] } : scraper,
                    AsksServers = !parse.GetValue(noServers),
                    AsksNames = !parse.GetValue(noNames),
                    ClientConfigurations = parse.GetValue(clients) ?? [],
                    PrometheusTargets = parse.GetValue(targets) ?? [],
                    StatusPages = parse.GetValue(pages) ?? [],
                },
                cancellationToken);
            await using var output = host.OpenText();
            if (parse.GetValue(json)) await output.WriteAsync(report.ToJson());
            else if (parse.GetValue(prometheus)) await output.WriteAsync(report.ToMetrics());
            else foreach (var item in report.Items) await output.WriteLineAsync(SafeText.ForTerminal(item.ToString()));
            if (!parse.GetValue(json)) foreach (var item in report.Unseen) await host.Error.WriteLineAsync(SafeText.ForTerminal($"not compared: {item}"));
            await host.Error.WriteLineAsync($"{report.Items.Count} differences from the fleet file of {SafeText.ForTerminal(fleet.Name)}, {report.Unseen.Count} things not compared.");
            if (report.Items.Count > 0) return ExitCodes.Failed;
            return report.Unseen.Count > 0 ? ExitCodes.UpstreamUnreachable : ExitCodes.Done;
        });
    }

    private static Option<string[]> Paths(string name, string description, string helpName) => new(name) { Description = description, HelpName = helpName };
}
