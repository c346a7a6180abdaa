using System.CommandLine;
using System.CommandLine.Parsing;
using Cvmfs.Net.Cli.Monitoring;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Monitoring;
using Cvmfs.Net.Monitoring.Checks;
using Cvmfs.Net.Monitoring.Reporting;
using Cvmfs.Net.Monitoring.Tracking;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>monitor scrape</c>: a look at some servers, as a table, JSON or metrics.</summary>
internal static class MonitorScrapeCommand
{
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(5);

    public static Command Create(CliHost host)
    {
        var servers = new Argument<ScrapeTarget[]>("HOST")
        {
            Description = "Servers: host, host:port or URL; what each is for follows from what it lists.",
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = ServerArguments.Parse,
        };
        var origins = Servers("--stratum0", "A Stratum 0: what replicas are compared with. Repeatable.");
        var syncs = Servers("--sync", "A server that public replicas replicate from. Repeatable.");
        var repositories = new Option<string[]>("--repo") { Description = "Only this repository, listed by the server or not; repeatable. Default: the listed ones.", HelpName = "FQRN" };
        var ignored = new Option<string[]>("--ignore") { Description = "Not this repository, though the server lists it; repeatable.", HelpName = "FQRN" };
        repositories.Validators.Add(RefuseOddNames);
        ignored.Validators.Add(RefuseOddNames);
        var keys = new Option<string[]>("--key", "-k") { Description = "Public master key: a file, or a folder of *.pub files. Repeatable. Without one nothing can be verified.", HelpName = "KEY" };
        var samples = new Option<int>("--samples") { Description = "Objects drawn from each root catalog and hashed. Default 0.", HelpName = "N" };
        var headers = new Option<bool>("--headers-only") { Description = "Only ask whether objects are there, and do not fetch and hash them." };
        var noGeo = new Option<bool>("--no-geo") { Description = "Do not ask the geo API." };
        var timeout = new Option<int?>("--timeout") { Description = "Longest time for one server. Default 30.", HelpName = "SECONDS" };
        var watch = new Option<int?>("--watch") { Description = "Look again and again, so many seconds apart, until interrupted; then lags and roll-backs show.", HelpName = "SECONDS" };
        var json = new Option<bool>("--json") { Description = "One JSON document with everything; with --watch, one a look." };
        var prometheus = new Option<bool>("--prometheus") { Description = "Metrics in Prometheus' text format." };
        var command = new CliCommand(
            "scrape",
            "Look at servers, in parallel: revisions and lags, signatures, expiry of whitelists, objects, snapshot age, names and addresses. The exit code is that of the worst finding: "
            + "0 well, 1 something is wrong, 3 something must not be believed, 4 a server failed.",
            "monitor scrape cvmfs-s1.example.org other.example.org:8000 -k /etc/cvmfs/keys/example.org",
            "monitor scrape --stratum0 s0.example.org cvmfs-s1.example.org --watch 60",
            "monitor scrape http://cvmfs-s1.example.org --repo software.example.org --prometheus")
        {
            servers, origins, syncs, repositories, ignored, keys, samples, headers, noGeo, timeout, watch, json, prometheus,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(prometheus)) result.AddError("--json and --prometheus exclude each other.");
            if (result.GetResult(servers) is null or { Tokens.Count: 0 } && result.GetResult(origins) is null && result.GetResult(syncs) is null) result.AddError("Name a server.");
            if (result.GetValue(samples) is < 0 or > 1000) result.AddError("--samples: expected 0 to 1000.");
            if (result.GetValue(timeout) is < 1 or > 3600) result.AddError("--timeout: expected 1 to 3600 seconds.");
            if (result.GetValue(watch) < ShortestInterval.TotalSeconds) result.AddError($"--watch: expected {ShortestInterval.TotalSeconds} seconds or more.");
        });
        return command.Runs(async (parse, cancellationToken) =>
        {
            RepositoryName[] only = [.. (parse.GetValue(repositories) ?? []).Select(RepositoryName.Parse)];
            RepositoryName[] not = [.. (parse.GetValue(ignored) ?? []).Select(RepositoryName.Parse)];
            var all = Of(origins, ServerRole.Stratum0).Concat(Of(syncs, ServerRole.SyncServer)).Concat(parse.GetValue(servers) ?? []);
            ScrapeTarget[] targets = [.. all.Select(target => target with { Repositories = only, Ignored = not })];
            var options = new ScraperOptions
            {
                Keys = await KeyFiles.LoadAsync(parse.GetValue(keys) ?? [], cancellationToken) ?? MasterKeys.None,
                Objects = parse.GetValue(headers) ? ObjectProbing.Presence : ObjectProbing.Content,
                SamplesPerRepository = parse.GetValue(samples),
                ServerTimeout = TimeSpan.FromSeconds(parse.GetValue(timeout) ?? 30),
                TimeProvider = host.Clock,
            };
            if (parse.GetValue(noGeo)) options = options with { GeoQueries = [] };
            using var scraper = new StratumScraper(options);
            var history = new FleetHistory();
            var counters = parse.GetValue(watch) is null ? null : new ProbeCounters();
            using var timer = parse.GetValue(watch) is { } seconds ? new PeriodicTimer(TimeSpan.FromSeconds(seconds), host.Clock) : null;
            int code;
            do
            {
                var view = history.Observe(await scraper.ScrapeAsync(targets, cancellationToken: cancellationToken), host.Clock.GetUtcNow());
                var checks = StandardChecks.Judge(view);
                foreach (var server in view.Servers) counters?.Observe(server);
                if (parse.GetValue(json)) await WriteAsync(host, JsonReport.Write(view, checks));
                else if (parse.GetValue(prometheus)) await WriteAsync(host, MetricsReport.Write(view, new MetricsOptions { Checks = checks, Counters = counters }));
                else await ScrapeTable.WriteAsync(host, view, checks);
                code = ExitCodeOf(view.Servers, checks);
            }
            while (timer is not null && await timer.WaitForNextTickAsync(cancellationToken));

            return code;

            IEnumerable<ScrapeTarget> Of(Option<ScrapeTarget[]> option, ServerRole role) => (parse.GetValue(option) ?? []).Select(target => target with { Role = role });
        });
    }

    private static Option<ScrapeTarget[]> Servers(string name, string description) => new(name) { Description = description, HelpName = "HOST", CustomParser = ServerArguments.Parse };

    /// <summary>Broken trust outranks unreachable servers, and those outrank what the checks found.</summary>
    private static int ExitCodeOf(IReadOnlyList<ServerReport> reports, IReadOnlyList<CheckResult> checks)
    {
        if (reports.Any(server => server.Repositories.Any(repository => repository.Outcome == RepositoryOutcome.Invalid))) return ExitCodes.VerificationFailed;
        if (reports.Any(server => server.IsFailed)) return ExitCodes.UpstreamUnreachable;
        return StandardChecks.Worst(checks) is CheckStatus.Failed or CheckStatus.Warning ? ExitCodes.Failed : ExitCodes.Done;
    }

    private static async Task WriteAsync(CliHost host, string text)
    {
        await using var output = host.OpenText();
        await output.WriteAsync(text);
    }

    private static void RefuseOddNames(OptionResult result)
    {
        foreach (var token in result.Tokens.Where(token => !RepositoryName.TryParse(token.Value, out _))) result.AddError($"--repo: \"{token.Value}\" is no repository name.");
    }
}
