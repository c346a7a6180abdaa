using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using Cvmfs.Net.Cli.Monitoring;
using Cvmfs.Net.Monitoring;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Trust;
using Microsoft.AspNetCore.Builder;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>monitor status-page</c>: a page for visitors, with the command line and configuration of the EESSI status page.</summary>
internal static class MonitorStatusPageCommand
{
    private const int CouldNotEvaluate = 3; // what Nagios takes for "unknown"

    public static Command Create(CliHost host)
    {
        var destination = new Option<DirectoryInfo>("--destination", "-d") { Description = "Folder of the page; made where it is missing.", HelpName = "DIR", DefaultValueFactory = _ => new DirectoryInfo(".") };
        var configuration = new Option<FileInfo>("--configuration", "-c") { Description = "Configuration file.", HelpName = "FILE", DefaultValueFactory = _ => new FileInfo("config.json") };
        var show = new Option<bool>("--show-config", "-s") { Description = "Print the configuration and do nothing else." };
        var check = new Option<bool>("--check") { Description = "Check the configuration, its rules included, and do nothing else." };
        var force = new Option<bool>("--force-resource-creation", "-f") { Description = "Write style, script and template anew, though they were edited." };
        var html = new Option<string>("--output-file", "-o") { Description = "Name of the page.", HelpName = "NAME", DefaultValueFactory = _ => "index.html" };
        var json = new Option<string>("--json-output-file", "-j") { Description = "Name of the JSON beside it.", HelpName = "NAME", DefaultValueFactory = _ => "status.json" };
        var metrics = new Option<bool>("--prometheus-metrics", "-p") { Description = "Write the file \"metrics\" beside it." };
        var format = new Option<string>("--metrics-format") { Description = "Names of metrics: those of the EESSI page, our own, or both.", HelpName = "eessi|native|both", DefaultValueFactory = _ => "eessi" };
        format.AcceptOnlyFromAmong("eessi", "native", "both");
        var timestamps = new Option<bool>("--metrics-timestamps") { Description = "Give metrics the time of the run; the text file collector refuses that." };
        var strict = new Option<bool>("--strict-compat") { Description = "Judge by distance in revisions and keep repositories_status at 0, as the EESSI page does." };
        var publish = new Option<bool>("--publish-config") { Description = "Put the whole configuration into the JSON." };
        var showPrivate = new Option<bool>("--private") { Description = "Show errors and administrators on the page." };
        var exitCode = new Option<bool>("--exit-code") { Description = "End with 0 for OK, 1 for degraded, warning or maintenance, 2 for failed, 3 when nothing could be told." };
        var watch = new Option<TimeSpan?>("--watch")
        {
            Description = "Go on until interrupted, with this time between runs. Default: the configuration's, 2 min.",
            HelpName = "INTERVAL",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = ParseInterval,
        };
        var fleet = new Option<FileSystemInfo>("--fleet") { Description = "Fleet file, instead of a configuration: its servers that visitors may see, its keys, limits and maintenance.", HelpName = "FILE" };
        var listen = new Option<string>("--listen") { Description = "Serve the folder as well, and go on until interrupted.", HelpName = "URL" };
        var keys = new Option<string[]>("--key", "-k") { Description = "Public master key: a file, or a folder of *.pub files. Repeatable. Without one nothing can be verified.", HelpName = "KEY" };
        var command = new CliCommand(
            "status-page",
            "Scrape the servers of a configuration once and write index.html, status.json and more into a folder that any web server can serve.",
            "monitor status-page -c config.json -d /var/www/status -p",
            "monitor status-page -c config.json -d ./page -k /etc/cvmfs/keys/example.org --watch 2m",
            "monitor status-page -c config.json --check")
        {
            destination, configuration, show, check, force, html, json, metrics, format, timestamps, strict, publish, showPrivate, exitCode, watch, fleet, listen, keys,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(fleet) is not null && result.GetResult(configuration) is { Implicit: false }) result.AddError("--fleet and --configuration exclude each other.");
        });
        command.Notes = "The configuration is the config.json of the EESSI status page; docs/status-page.md lists what may be added to it.";
        return command.Runs(async (parse, cancellationToken) =>
        {
            try
            {
                var monitored = await ReadAsync(host, parse.GetValue(fleet)?.FullName, parse.GetRequiredValue(configuration), parse.GetValue(watch), cancellationToken);
                if (parse.GetValue(strict)) monitored = monitored with { Configuration = monitored.Configuration with { SyncPolicy = SyncPolicy.EessiDistance } };
                var read = monitored.Configuration;
                if (parse.GetValue(show)) return await ShowAsync(host, read);
                if (parse.GetValue(check)) return await CheckAsync(host, read);
                var options = new StatusPageFolderOptions
                {
                    HtmlFile = parse.GetRequiredValue(html),
                    JsonFile = parse.GetRequiredValue(json),
                    MetricsFile = parse.GetValue(metrics) ? "metrics" : null,
                    Metrics = parse.GetValue(format) switch { "native" => StatusPageFolderMetrics.Native, "both" => StatusPageFolderMetrics.Both, _ => StatusPageFolderMetrics.Eessi },
                    MetricsTimestamps = parse.GetValue(timestamps),
                    StrictMetrics = parse.GetValue(strict),
                    ForceResources = parse.GetValue(force),
                    PublishConfiguration = parse.GetValue(publish),
                    ShowPrivate = parse.GetValue(showPrivate),
                };
                var trusted = await KeyFiles.LoadAsync(parse.GetValue(keys) ?? [], cancellationToken) ?? MasterKeys.None;
                var folder = Folder(parse.GetRequiredValue(destination), options);
                string? urls = parse.GetValue(listen);
                Func<Task<ServiceStatus>> run = () => RunAsync(host, monitored, folder, trusted, parse.GetResult(watch) is not null || urls is not null, cancellationToken);
                var overall = urls is null ? await run() : await ServeAsync(host, urls, folder, run);
                return parse.GetValue(exitCode) ? ExitCodeOf(overall) : ExitCodes.Done;
            }
            catch (CvmfsFormatException odd)
            {
                throw new CliException(parse.GetValue(exitCode) ? CouldNotEvaluate : ExitCodes.Usage, odd.Message, innerException: odd);
            }
        });
    }

    private static async Task<ServiceStatus> RunAsync(CliHost host, MonitoredFleet fleet, StatusPageFolder folder, MasterKeys keys, bool goesOn, CancellationToken cancellationToken)
    {
        using var scraper = new StratumScraper(fleet.Trusting(new ScraperOptions { Keys = keys, TimeProvider = host.Clock }));
        var configuration = fleet.Configuration;
        ScrapeTarget[] targets = [.. fleet.Servers.Select(server => server.Target with { Name = server.Page.HostName })]; // the page's names: what lags are remembered by
        while (true)
        {
            var reports = await scraper.ScrapeAsync(targets, cancellationToken: cancellationToken);
            var previous = await OwnAsync(host, folder.ReadPreviousAsync, PreviousStatus.None, cancellationToken);
            var history = await OwnAsync(host, folder.ReadHistoryAsync, StatusHistory.Empty, cancellationToken);
            var page = StatusJudge.Judge(configuration, reports, host.Clock.GetUtcNow(), previous, history);
            foreach (string warning in page.Warnings) await host.Error.WriteLineAsync($"{CvmfsCommandLine.ProgramName}: {SafeText.ForTerminal(warning)}");
            await folder.WriteAsync(page, cancellationToken);
            await host.Error.WriteLineAsync($"{page.Overall.Name()}: {page.Servers.Count(server => server.Status == ServiceStatus.Ok)} of {page.Servers.Count} servers OK. Written to {folder.Location}.");
            if (!goesOn) return page.Overall;
            try
            {
                await Task.Delay(configuration.Interval, host.Clock, cancellationToken);
            }
            catch (OperationCanceledException) when (host.Interruption.IsRequested)
            {
                return page.Overall;
            }
        }
    }

    /// <summary>Serves the folder while the page is made again and again: for looking at it, and where there is no other web server.</summary>
    private static async Task<ServiceStatus> ServeAsync(CliHost host, string urls, StatusPageFolder folder, Func<Task<ServiceStatus>> run)
    {
        var builder = WebProgram.CreateBuilder(host, urls);
        await using var app = builder.Build();
        app.Run(context => StatusPageFiles.SendAsync(context, folder.Location));
        await app.StartAsync(host.Interruption.Drain);
        foreach (string address in app.Urls) await host.Error.WriteLineAsync($"The page is at {address}/. Ctrl-C stops.");
        var overall = await run();
        await app.StopAsync(host.Interruption.Stop);
        return overall;
    }

    /// <summary>Files of an earlier run help, but a broken one must not keep the page from being made.</summary>
    private static async Task<T> OwnAsync<T>(CliHost host, Func<CancellationToken, Task<T>> read, T otherwise, CancellationToken cancellationToken)
    {
        try
        {
            return await read(cancellationToken);
        }
        catch (CvmfsFormatException odd)
        {
            await host.Error.WriteLineAsync($"{CvmfsCommandLine.ProgramName}: {odd.Message} It is begun anew.");
            return otherwise;
        }
    }

    private static async Task<MonitoredFleet> ReadAsync(CliHost host, string? fleet, FileInfo configuration, TimeSpan? interval, CancellationToken cancellationToken)
    {
        if (fleet is null) return MonitoredFleet.Of(await MonitoredFleetFile.ReadPageAsync(configuration, cancellationToken), interval);
        var all = await MonitoredFleetFile.ReadFleetAsync(host, fleet, environment: null, interval, cancellationToken);
        return all.Only([.. all.Servers.Where(server => server.IsPublic)]);
    }

    private static async Task<int> ShowAsync(CliHost host, StatusPageConfiguration configuration)
    {
        await using var output = host.OpenText();
        string text = configuration.Source.Length > 0
            ? Encoding.UTF8.GetString(configuration.Source.Span).TrimEnd()
            : string.Join('\n', configuration.Servers.Select(server => $"{server.HostName} {server.Role.Name()}")); // from a fleet file, which is its own document
        await output.WriteLineAsync(text);
        return ExitCodes.Done;
    }

    private static async Task<int> CheckAsync(CliHost host, StatusPageConfiguration configuration)
    {
        int faults = 0;
        await using var output = host.OpenText();
        foreach (var rule in configuration.Rules)
        {
            for (int i = 0; i < rule.Conditions.Count; i++)
            {
                if (rule.Conditions[i].Error is not { } error) continue;
                faults++;
                await output.WriteLineAsync($"rule {rule.Id}, condition {i + 1}, {error}");
            }
        }

        if (faults == 0) await output.WriteLineAsync($"{configuration.Servers.Count} servers, {configuration.Rules.Count} rule sets: nothing is wrong.");
        return faults == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static StatusPageFolder Folder(DirectoryInfo destination, StatusPageFolderOptions options)
    {
        try
        {
            return new StatusPageFolder(destination.FullName, options);
        }
        catch (ArgumentException odd)
        {
            throw CliException.Usage(odd.Message);
        }
    }

    private static int ExitCodeOf(ServiceStatus status) => status switch
    {
        ServiceStatus.Ok => 0,
        ServiceStatus.Failed => 2,
        ServiceStatus.Unknown => CouldNotEvaluate,
        _ => 1,
    };

    private static TimeSpan? ParseInterval(ArgumentResult result)
    {
        if (result.Tokens.Count == 0) return null;
        if (DurationText.TryParse(result.Tokens[0].Value, out var interval)) return interval;
        result.AddError($"--watch: \"{result.Tokens[0].Value}\" is no interval such as 90s or 2m.");
        return null;
    }
}
