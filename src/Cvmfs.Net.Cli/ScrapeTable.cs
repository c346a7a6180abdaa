using System.Globalization;
using Cvmfs.Net.Monitoring;
using Cvmfs.Net.Monitoring.Checks;
using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Cli;

/// <summary>What a scrape found, a row for each repository on each server: a table on a terminal, tabs elsewhere.</summary>
internal static class ScrapeTable
{
    /// <summary>How many of the columns are always there: server, repository, status.</summary>
    private const int Names = 3;

    private static readonly string[] s_columns = ["Server", "Repository", "Status", "Revision", "Behind", "Whitelist until", "Last snapshot", "Remarks"];

    public static async Task WriteAsync(CliHost host, FleetView view, IReadOnlyList<CheckResult> checks)
    {
        var rows = view.Servers.SelectMany(server => Rows(view, server, checks)).ToList();
        if (host.OutputIsTerminal)
        {
            // A terminal is narrow: a column that has nothing to say would break the names of others.
            int[] shown = [.. Enumerable.Range(0, s_columns.Length).Where(column => column < Names || rows.Exists(row => row[column] is not ("-" or "")))];
            using var table = new TerminalTable(host, [.. shown.Select(column => s_columns[column])]) { NamesFirst = Names };
            foreach (string[] row in rows) table.Add([.. shown.Select(column => row[column])]);
            return;
        }

        await using var output = host.OpenText();
        foreach (string[] row in rows) await output.WriteLineAsync(string.Join('\t', row.Select(SafeText.ForTerminal)));
    }

    private static IEnumerable<string[]> Rows(FleetView view, ServerReport server, IReadOnlyList<CheckResult> checks)
    {
        CheckResult[] own = [.. checks.Where(check => check.Server == server.Target.Name && check.Repository is null)];
        if (server.Repositories.Count == 0 || own.Any(IsOdd)) yield return [server.Target.Name, "-", Status(own), "-", "-", "-", "-", Remarks(own)];
        foreach (var repository in server.Repositories)
        {
            CheckResult[] found = [.. checks.Where(check => check.Server == server.Target.Name && check.Repository == repository.Name)];
            var standing = view.Find(server.Target.Name, repository.Name);
            yield return
            [
                server.Target.Name,
                repository.Name.ToString(),
                repository.Outcome is RepositoryOutcome.Ok ? Status(found) : Lower(repository.Outcome),
                repository.Manifest?.Revision.ToString(CultureInfo.InvariantCulture) ?? "-",
                standing is { RevisionLag: > 0 and var revisions, Lag: { } lag } ? string.Create(CultureInfo.InvariantCulture, $"{revisions} ({lag.TotalMinutes:0} min)") : "-",
                Time(repository.Whitelist?.ExpiresAt),
                Time(repository.LastSnapshot),
                Remarks(found),
            ];
        }
    }

    private static bool IsOdd(CheckResult check) => check.Status is not (CheckStatus.Ok or CheckStatus.Unknown);

    private static string Remarks(IEnumerable<CheckResult> checks) => string.Join("; ", checks.Where(IsOdd).Select(check => check.Message).Distinct());

    private static string Status(IEnumerable<CheckResult> checks) => Lower(StandardChecks.Worst(checks));

    private static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "-";

    private static string Lower<T>(T name) where T : struct, Enum => name.ToString().ToLowerInvariant();
}
