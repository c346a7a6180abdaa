using System.CommandLine;
using System.CommandLine.Parsing;
using Cvmfs.Net.Cli.Monitoring;
using Cvmfs.Net.Monitoring;
using Cvmfs.Net.Monitoring.Incidents;
using Cvmfs.Net.Monitoring.Servermon;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.Web;
using Cvmfs.Net.Trust;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>monitor serve</c>: the monitor that runs: schedule, history, live page, metrics, alerts.</summary>
internal static class MonitorServeCommand
{
    public static Command Create(CliHost host)
    {
        var options = new MonitorServeOptions();
        var command = new CliCommand(
            "serve",
            "Look at servers again and again, remember what was seen, and serve a live status page, Prometheus metrics, probes and servermon's API; tell receivers what is not well. "
            + "SIGHUP reads the fleet file or configuration anew.",
            "monitor serve --fleet fleet.yaml --database /var/lib/cvmfs-net/monitor.db --listen http://0.0.0.0:8080",
            "monitor serve -c config.json -k /etc/cvmfs/keys/example.org --webhook page=https://hooks.example.org/cvmfs",
            "monitor serve cvmfs-s1.example.org other.example.org:8000 --once");
        options.AddTo(command);
        command.Notes = "docs/monitoring.md is the operator's guide.";
        return command.Runs((parse, cancellationToken) => RunAsync(host, options, parse, cancellationToken));
    }

    private static async Task<int> RunAsync(CliHost host, MonitorServeOptions options, ParseResult parse, CancellationToken cancellationToken)
    {
        Func<Task<MonitoredFleet>> read = () => ReadAsync(host, options, parse, cancellationToken);
        MonitoredFleet fleet;
        try
        {
            fleet = await read();
        }
        catch (CvmfsFormatException odd)
        {
            throw new CliException(ExitCodes.Usage, odd.Message, innerException: odd);
        }

        if (fleet.Servers.Count == 0) throw CliException.Usage("there is no server to monitor: give --fleet, --configuration or hosts.");
        var scraping = new ScraperOptions
        {
            Keys = await KeyFiles.LoadAsync(parse.GetValue(options.Keys) ?? [], cancellationToken) ?? MasterKeys.None,
            SamplesPerRepository = parse.GetValue(options.Samples),
            TimeProvider = host.Clock,
        };
        if (parse.GetValue(options.NoGeo)) scraping = scraping with { GeoQueries = [] };
        using var logs = new TextWriterLoggerProvider(host.Error, LogLevel.Information, host.Clock);
        using var monitor = new FleetMonitor(fleet, new MonitorOptions
        {
            Scraping = scraping,
            DatabaseFile = parse.GetValue(options.Database)?.FullName,
            ObjectBytesPerHour = parse.GetValue(options.ObjectBudget),
            Vantage = parse.GetValue(options.Vantage),
            SilenceFile = parse.GetValue(options.Silences)?.FullName,
            ShowPrivate = parse.GetValue(options.ShowPrivate),
        }, logs.CreateLogger("Cvmfs.Net.Monitoring"));
        if (parse.GetValue(options.Once))
        {
            await monitor.RunOnceAsync(cancellationToken);
            await using var output = host.OpenText();
            var page = monitor.Snapshot!.All;
            await output.WriteLineAsync($"{page.Overall.Name()}: {page.Servers.Count(server => server.Status == ServiceStatus.Ok)} of {page.Servers.Count} servers OK, {monitor.Snapshot.Incidents.Count} incidents.");
            return ExitCodes.Done;
        }

        await ServeAsync(host, options, parse, monitor, scraping, read);
        return ExitCodes.Done;
    }

    private static async Task ServeAsync(CliHost host, MonitorServeOptions options, ParseResult parse, FleetMonitor monitor, ScraperOptions scraping, Func<Task<MonitoredFleet>> read)
    {
        using var servermon = new ServermonApi(new ServermonOptions
        {
            ConfigurationFile = parse.GetValue(options.ServermonFile)?.FullName,
            Fleet = () => ServermonFleet.Of(monitor.Fleet),
            View = () => monitor.View,
            StorageFolder = parse.GetValue(options.ServermonStorage)?.FullName,
            Scraping = scraping,
            Warn = text => host.Error.WriteLine($"{CvmfsCommandLine.ProgramName}: {text}"),
        });
        using var web = new MonitorWeb(monitor, new MonitorWebOptions { AllowAnyTarget = parse.GetValue(options.AllowAnyTarget), Servermon = servermon });
        await using var app = Build(parse.GetRequiredValue(options.Listen), isAdmin: false);
        await using var admin = parse.GetValue(options.Admin) is { } url ? Build(url, isAdmin: true) : null;
        await app.StartAsync(host.Interruption.Drain);
        foreach (string address in app.Urls) await host.Error.WriteLineAsync($"Monitoring {monitor.Fleet.Servers.Count} servers; page at {address}/, metrics at {address}/metrics. Ctrl-C stops.");
        if (admin is not null) await admin.StartAsync(host.Interruption.Drain);
        foreach (string address in admin?.Urls ?? []) await host.Error.WriteLineAsync($"Administrators: {address}/");

        using var hangUps = new SemaphoreSlim(0, 1);
        host.Interruption.TakeHangUp(() =>
        {
            try
            {
                hangUps.Release();
            }
            catch (SemaphoreFullException)
            {
                // one is already to be served, and it will see what this one means
            }
        });
        var reloads = ReloadAsync(host, hangUps, monitor, read);
        await monitor.RunAsync(host.Interruption.Drain);
        await reloads;
        await app.StopAsync(host.Interruption.Stop);
        if (admin is not null) await admin.StopAsync(host.Interruption.Stop);

        WebApplication Build(string urls, bool isAdmin)
        {
            var builder = WebProgram.CreateBuilder(host, urls);
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxConcurrentConnections = 1000;
                kestrel.Limits.MaxRequestBodySize = 64 << 10;
                kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            });
            var built = builder.Build();
            web.Run(built, isAdmin);
            return built;
        }
    }

    /// <summary>A file that cannot be read leaves everything as it was, and says so.</summary>
    private static async Task ReloadAsync(CliHost host, SemaphoreSlim hangUps, FleetMonitor monitor, Func<Task<MonitoredFleet>> read)
    {
        try
        {
            while (true)
            {
                await hangUps.WaitAsync(host.Interruption.Drain);
                try
                {
                    monitor.Reload(await read());
                }
                catch (Exception odd) when (odd is CliException or CvmfsFormatException or IOException or UnauthorizedAccessException)
                {
                    await host.Error.WriteLineAsync($"{CvmfsCommandLine.ProgramName}: {odd.Message} Going on as before.");
                }
            }
        }
        catch (OperationCanceledException) when (host.Interruption.IsRequested)
        {
            // the end
        }
    }

    private static async Task<MonitoredFleet> ReadAsync(CliHost host, MonitorServeOptions options, ParseResult parse, CancellationToken cancellationToken)
    {
        var interval = parse.GetValue(options.Interval);
        var routes = new List<AlertRoute>(parse.GetValue(options.Webhooks) ?? []);
        if (parse.GetValue(options.Fleet) is { } file)
        {
            var fleet = await MonitoredFleetFile.ReadFleetAsync(host, file.FullName, parse.GetValue(options.Environment), interval, cancellationToken);
            routes.AddRange(await AlertRoutes.OfAsync(host, fleet.Fleet!, parse.GetRequiredValue(options.MailServer), cancellationToken));
            return fleet with { Routes = routes };
        }

        var read = parse.GetValue(options.Configuration) is { } page
            ? MonitoredFleet.Of(await MonitoredFleetFile.ReadPageAsync(page, cancellationToken), interval)
            : MonitoredFleet.Of(parse.GetValue(options.Hosts) ?? [], interval);
        return read with { Routes = routes };
    }
}
