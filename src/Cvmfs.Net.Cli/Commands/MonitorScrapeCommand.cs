using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Monitoring;
using Cvmfs.Net.Monitoring.Checks;
using Cvmfs.Net.Monitoring.Reporting;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>monitor scrape</c>: one look at some servers, as a table, JSON or metrics.</summary>
internal static class MonitorScrapeCommand
{
    private static readonly ICheck[] Checks = [new StalenessCheck(), new WhitelistExpiryCheck()];

    public static Command Create(CliHost host)
    {
        var servers = new Argument<ScrapeTarget[]>("HOST")
        {
            Description = "Servers: host, host:port or URL.",
            Arity = ArgumentArity.OneOrMore,
            CustomParser = ParseServers,
        };
        var repositories = new Option<string[]>("--repo") { Description = "Only this repository, listed by the server or not; repeatable. Default: the listed ones.", HelpName = "FQRN" };
        repositories.Validators.Add(RefuseOddNames);
        var keys = new Option<string[]>("--key", "-k") { Description = "Public master key: a file, or a folder of *.pub files. Repeatable. Without one nothing can be verified.", HelpName = "KEY" };
        var json = new Option<bool>("--json") { Description = "One JSON document with everything." };
        var prometheus = new Option<bool>("--prometheus") { Description = "Metrics in Prometheus' text format." };
        var command = new CliCommand(
            "scrape",
            "Look at servers once, in parallel: revisions, signatures, whitelist expiry, snapshot age. The exit code is that of the worst finding.",
            "monitor scrape cvmfs-s1.example.org other.example.org:8000 -k /etc/cvmfs/keys/example.org",
            "monitor scrape http://cvmfs-s1.example.org --repo software.example.org --prometheus")
        {
            servers, repositories, keys, json, prometheus,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(prometheus)) result.AddError("--json and --prometheus exclude each other.");
        });
        return command.Runs(async (parse, cancellationToken) =>
        {
            RepositoryName[] only = [.. (parse.GetValue(repositories) ?? []).Select(RepositoryName.Parse)];
            ScrapeTarget[] targets = [.. parse.GetRequiredValue(servers).Select(target => target with { Repositories = only })];
            var options = new ScraperOptions { Keys = await KeyFiles.LoadAsync(parse.GetValue(keys) ?? [], cancellationToken) ?? MasterKeys.None, TimeProvider = host.Clock };
            using var scraper = new StratumScraper(options);
            var reports = await scraper.ScrapeAsync(targets, cancellationToken: cancellationToken);
            CheckResult[] checks = [.. Checks.SelectMany(check => check.Judge(reports, host.Clock.GetUtcNow()))];

            if (parse.GetValue(json)) await WriteAsync(host, JsonReport.Write(reports, checks));
            else if (parse.GetValue(prometheus)) await WriteAsync(host, MetricsReport.Write(reports));
            else await WriteTableAsync(host, reports, checks);
            return ExitCodeOf(reports, checks);
        });
    }

    /// <summary>Broken trust outranks unreachable servers, and those outrank what the checks found.</summary>
    private static int ExitCodeOf(IReadOnlyList<ServerReport> reports, CheckResult[] checks)
    {
        if (reports.Any(server => server.Repositories.Any(repository => repository.Outcome == RepositoryOutcome.Invalid))) return ExitCodes.VerificationFailed;
        if (reports.Any(server => server.Outcome == ServerOutcome.Unreachable)) return ExitCodes.UpstreamUnreachable;
        bool isFailed = reports.Any(server => server.Outcome == ServerOutcome.Partial) || checks.Any(check => check.Status is CheckStatus.Failed or CheckStatus.Warning);
        return isFailed ? ExitCodes.Failed : ExitCodes.Done;
    }

    private static async Task WriteTableAsync(CliHost host, IReadOnlyList<ServerReport> reports, CheckResult[] checks)
    {
        var rows = reports.SelectMany(server => Rows(server, checks)).ToList();
        if (host.OutputIsTerminal)
        {
            using var table = new TerminalTable(host, "Server", "Repository", "Outcome", "Revision", "Whitelist until", "Last snapshot", "Remarks");
            foreach (string[] row in rows) table.Add(row);
            return;
        }

        await using var output = host.OpenText();
        foreach (string[] row in rows) await output.WriteLineAsync(string.Join('\t', row.Select(SafeText.ForTerminal)));
    }

    private static IEnumerable<string[]> Rows(ServerReport server, CheckResult[] checks)
    {
        if (server.Repositories.Count == 0) yield return [server.Target.Name, "-", Lower(server.Outcome), "-", "-", "-", server.Detail ?? ""];
        foreach (var repository in server.Repositories)
        {
            var remarks = checks
                .Where(check => check.Server == server.Target.Name && check.Repository == repository.Name && check.Status is not (CheckStatus.Ok or CheckStatus.Unknown))
                .Select(check => check.Message);
            yield return
            [
                server.Target.Name,
                repository.Name.ToString(),
                Lower(repository.Outcome),
                repository.Manifest?.Revision.ToString(CultureInfo.InvariantCulture) ?? "-",
                Time(repository.Whitelist?.ExpiresAt),
                Time(repository.Status.LastSnapshot?.Time),
                string.Join("; ", (repository.Detail is { } detail ? remarks.Prepend(detail) : remarks).Distinct()),
            ];
        }
    }

    private static async Task WriteAsync(CliHost host, string text)
    {
        await using var output = host.OpenText();
        await output.WriteAsync(text);
    }

    private static ScrapeTarget[] ParseServers(ArgumentResult result)
    {
        var targets = new List<ScrapeTarget>();
        foreach (var token in result.Tokens)
        {
            if (ScrapeTarget.TryParse(token.Value, out var target)) targets.Add(target);
            else result.AddError($"\"{token.Value}\" is no server: expected host, host:port or an http or https URL.");
        }

        return [.. targets];
    }

    private static void RefuseOddNames(OptionResult result)
    {
        foreach (var token in result.Tokens.Where(token => !RepositoryName.TryParse(token.Value, out _))) result.AddError($"--repo: \"{token.Value}\" is no repository name.");
    }

    private static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "-";

    private static string Lower<T>(T outcome) where T : struct, Enum => outcome.ToString().ToLowerInvariant();
}
