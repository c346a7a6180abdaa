using System.CommandLine;
using System.Globalization;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Replication.Checking;
using Cvmfs.Net.Replication.Configuration;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica check</c>: whether everything that a replica promises is there and fits together.</summary>
internal static class ReplicaCheckCommand
{
    public static Command Create(CliHost host)
    {
        var noExistence = new Option<bool>("--no-existence", "-c") { Description = "Do not look whether objects are there." };
        var content = new Option<bool>("--content", "-i") { Description = "Hash every object as well (scrub)." };
        var tag = new Option<string?>("--tag", "-t") { Description = "Check this tag instead of the newest revision.", HelpName = "TAG" };
        var allTags = new Option<bool>("--all-tags") { Description = "Check all tags as well." };
        var history = new Option<bool>("--history") { Description = "Check every revision of the reflog, and count what no revision needs." };
        var subtree = new Option<string?>("--subtree", "-s") { Description = "Check only the nested catalog of this path.", HelpName = "PATH" };
        var reflog = new Option<bool>("--repair-reflog", "-r") { Description = "Repair reflog and checksum first." };
        var repair = new Option<bool>("--repair") { Description = "Fetch what is missing or damaged from the upstream." };
        var full = new Option<bool>("--full") { Description = "Look again at catalogs that an earlier check has proven." };
        var unverified = new Option<bool>("--allow-unverified") { Description = "Believe the manifest without keys." };
        var force = new Option<bool>("--now") { Description = "With --all: also replicas that were checked in the last CVMFS_CHECK_ALL_MIN_DAYS days." };
        var rate = Rate();
        var json = ReplicaArguments.Json();
        var place = new StorageArguments(new RoundArguments("checks.log", "check"));
        var command = new CliCommand(
            "check",
            "Check that everything a replica promises is there and fits together. Reads the folder, asks nobody.",
            "replica check software.example.org",
            "replica check --all",
            "replica check --storage /srv/cvmfs/software.example.org -k example.org.pub --content")
        {
            noExistence, content, tag, allTags, history, subtree, reflog, repair, full, unverified, force, rate, json,
        };
        command.Notes = "Exit codes: 0 nothing wrong, 1 problems found, 3 manifest not to be believed, 5 locked, 6 storage failed.\n"
            + "--all checks the active replicas that are due, the one checked longest ago first, records when and how in .cvmfs_status.json,\n"
            + "writes checks.log as cvmfs_server does and returns 0 whatever it found; with --strict the first failure's code.";
        place.AddTo(command);
        return command.Runs(async (parse, cancellationToken) =>
        {
            bool isAll = parse.GetValue(place.Host.All);
            string spoolRoot = parse.GetRequiredValue(place.Host.SpoolRoot);
            using var hostLock = isAll ? await CheckAllLock.TryTakeAsync(spoolRoot, host.Clock, cancellationToken) : null;
            if (isAll && hostLock is null) throw new CliException(ExitCodes.Locked, $"another check of all replicas holds {Path.Combine(spoolRoot, CheckAllLock.FileName)}.");
            return await place.ForEachAsync(parse, host, replicas => DueAsync(host, replicas, parse.GetValue(force), cancellationToken), async item =>
            {
                await using var upstream = parse.GetValue(repair) ? item.OpenReplica(host) : null;
                var options = new CheckOptions
                {
                    Keys = item.Keys,
                    AllowUnverified = parse.GetValue(unverified),
                    Repository = item.Configuration?.Repository,
                    Tag = parse.GetValue(tag),
                    AllTags = parse.GetValue(allTags),
                    History = parse.GetValue(history),
                    Subtree = parse.GetValue(subtree) is { } path ? PathArgument.Parse(path) : null,
                    Existence = !parse.GetValue(noExistence),
                    Content = parse.GetValue(content),
                    Full = parse.GetValue(full),
                    RepairReflog = parse.GetValue(reflog),
                    Repair = upstream,
                    RecordStatus = isAll,
                    BytesPerSecond = parse.GetValue(rate) is { } size ? ByteSize.Parse(size) : 0,
                };
                var report = await CheckAsync(host, item.Location, options, cancellationToken);
                item.Said.AddRange(Describe(report));
                if (parse.GetValue(json)) await JsonOutput.WriteAsync(host, item.IsList, report.WriteJson, cancellationToken);
                else await WriteAsync(host, item.Said, cancellationToken);
                await item.SummarizeAsync(host, report.Repository, report.Message);
                return ReportOutcomes.ExitCodeOf(report.Outcome);
            }, cancellationToken);
        });
    }

    public static Option<string?> Rate()
    {
        var rate = new Option<string?>("--rate") { Description = "Bytes hashed a second at most, such as 100MB.", HelpName = "SIZE" };
        rate.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } size && (!ByteSize.TryParse(size, out long bytes) || bytes < 1)) result.AddError($"--rate: \"{size}\" is no number of bytes a second.");
        });
        return rate;
    }

    private static async Task<CheckReport> CheckAsync(CliHost host, ReplicaLocation location, CheckOptions options, CancellationToken cancellationToken)
    {
        var latest = new LatestProgress<CheckProgress>();
        await using var line = ProgressLine.Start(host, _ => string.Create(
            CultureInfo.InvariantCulture,
            $"{location.Alias}: {latest.Value.Catalogs:N0} catalogs, {latest.Value.WaitingCatalogs:N0} waiting, {latest.Value.Entries:N0} entries{(latest.Value.Files > 0 ? $", {latest.Value.Files:N0} files hashed ({ByteSize.Format(latest.Value.Bytes)})" : "")}, {latest.Value.Problems:N0} problems"));
        return await new ReplicaChecker(location, new CheckServices { TimeProvider = host.Clock }).CheckAsync(options, latest, cancellationToken);
    }

    private static async Task<IReadOnlyList<ReplicaConfiguration>> DueAsync(CliHost host, IReadOnlyList<ReplicaConfiguration> replicas, bool isForced, CancellationToken cancellationToken)
    {
        var last = new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal);
        var local = replicas.Where(replica => !replica.IsPassThrough && replica.Storage.IsLocal && replica.Layout == ReplicaConfiguration.SupportedLayout).ToList();
        foreach (var replica in local) last[replica.Alias] = (await ReplicaStatus.ReadAsync(replica.Location, cancellationToken)).LastCheckAt;
        var now = host.Clock.GetUtcNow();
        var due = local.Where(replica => isForced || CheckSchedule.Due([replica], one => last[one.Alias], now, replica.CheckInterval).Count > 0);
        return CheckSchedule.Due(due, one => last[one.Alias], now, TimeSpan.Zero);
    }

    private static IEnumerable<string> Describe(CheckReport report)
    {
        foreach (var finding in report.Findings) yield return SafeText.ForTerminal(finding.ToString());
        foreach (var alert in report.Content?.Alerts ?? []) yield return SafeText.ForTerminal(alert.ToString());
        long hidden = report.ErrorCount + report.WarningCount - report.Findings.Count;
        if (hidden > 0) yield return $"and {hidden} more";
    }

    private static async Task WriteAsync(CliHost host, IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        await using var text = host.OpenText();
        foreach (string line in lines) await text.WriteLineAsync(line.AsMemory(), cancellationToken);
    }
}
