using System.CommandLine;
using System.Globalization;
using System.Text;
using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Replication.Configuration;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica gc</c>: removes what no kept revision needs.</summary>
internal static class ReplicaGcCommand
{
    public static Command Create(CliHost host)
    {
        var revisions = new Option<int?>("--keep-revisions", "-r") { Description = "Revisions to keep besides the newest.", HelpName = "N" };
        var newer = new Option<string?>("--keep-newer", "-t") { Description = "Keep revisions newer than this, such as \"2 weeks ago\"; \"3 days ago\" where nothing is said.", HelpName = "DATE" };
        var list = new Option<bool>("--list", "-l") { Description = "Print each object that is removed." };
        var log = new Option<string?>("--deletion-log", "-L") { Description = "Append the removed objects to this file; CVMFS_GC_DELETION_LOG where left out.", HelpName = "FILE" };
        var dryRun = new Option<bool>("--dry-run", "-d") { Description = "Only say what would be removed." };
        var force = new Option<bool>("--force", "-f") { Description = "Do not ask." };
        var unreferenced = new Option<bool>("--unreferenced") { Description = "Remove also what lies in the storage and no revision ever needed." };
        var grace = Hours("--grace", "Hours that such an object has to be old; 24 where left out.");
        var quarantine = Hours("--quarantine", "Move objects aside and delete them after this many hours.");
        var memory = new Option<string?>("--memory") { Description = "Memory for lists of objects, such as 512MB.", HelpName = "SIZE" };
        var wait = new Option<int>("--wait-for-lock") { Description = "Seconds to wait for a snapshot or check.", HelpName = "SECONDS", DefaultValueFactory = _ => 600 };
        var json = ReplicaArguments.Json();
        var place = new StorageArguments(new RoundArguments("gc.log", "gc"));
        var command = new CliCommand(
            "gc",
            "Remove what no kept revision needs: garbage collection.",
            "replica gc -f software.example.org",
            "replica gc --all --force --keep-newer \"2 weeks ago\"",
            "replica gc --dry-run --list --storage /srv/cvmfs/software.example.org -k example.org.pub")
        {
            revisions, newer, list, log, dryRun, force, unreferenced, grace, quarantine, memory, wait, json,
        };
        command.Notes = "HEAD and tags are always kept. Without --force it asks, and where nobody can be asked it refuses.\n"
            + "--all takes every active replica that allows collection, one after the other, writes gc.log as cvmfs_server does and returns 0 whatever\n"
            + "became of them; with --strict the first failure's code.";
        place.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(revisions) is not null && result.GetValue(newer) is not null) result.AddError("-r and -t exclude each other.");
            if (result.GetValue(revisions) is < 0) result.AddError("-r: expected 0 or more.");
            if (result.GetValue(newer) is { } date && DateExpression.TryParse(date) is null) result.AddError($"-t: \"{date}\" is no date that is understood here; expected such as \"3 days ago\" or \"2026-01-31\".");
            if (result.GetValue(memory) is { } size && (!ByteSize.TryParse(size, out long bytes) || bytes < CollectionOptions.LeastMemoryBytes)) result.AddError($"--memory: expected a size of at least {ByteSize.Format(CollectionOptions.LeastMemoryBytes)}.");
            if (result.GetValue(wait) is < 0 or > 86_400) result.AddError("--wait-for-lock: expected 0 to 86400 seconds.");
        });
        return command.Runs(async (parse, cancellationToken) =>
        {
            await Confirmation.AskAsync(host, parse.GetValue(force) || parse.GetValue(dryRun), "Objects that no kept revision needs are deleted. Go on?", cancellationToken);
            return await place.ForEachAsync(host: host, parse: parse, choose: OnlyCollectableAsync, cancellationToken: cancellationToken, action: async item =>
            {
                var options = new CollectionOptions
                {
                    KeepRevisions = parse.GetValue(revisions),
                    KeepNewerThan = parse.GetValue(newer) is { } date ? DateExpression.Parse(date).Resolve(host.Clock.GetUtcNow(), host.Clock.LocalTimeZone) : null,
                    DryRun = parse.GetValue(dryRun),
                    DeletionLogFile = parse.GetValue(log) ?? item.Configuration?.DeletionLogFile,
                    Unreferenced = parse.GetValue(unreferenced),
                    LockPatience = TimeSpan.FromSeconds(parse.GetValue(wait)),
                };
                if (parse.GetValue(grace) is { } hours) options = options with { GracePeriod = TimeSpan.FromHours(hours) };
                if (parse.GetValue(quarantine) is { } aside) options = options with { QuarantineFor = TimeSpan.FromHours(aside) };
                if (parse.GetValue(memory) is { } size) options = options with { MemoryBytes = ByteSize.Parse(size) };
                var report = await CollectAsync(host, item, options, parse.GetValue(list), cancellationToken);
                if (parse.GetValue(json)) await JsonOutput.WriteAsync(host, item.IsList, writer => CollectionReportJson.Write(writer, report), cancellationToken);
                await item.SummarizeAsync(host, item.Location.Alias, report.Message);
                return ReportOutcomes.ExitCodeOf(report.Outcome);
            });
        });
    }

    private static async Task<CollectionReport> CollectAsync(CliHost host, WorkItem item, CollectionOptions options, bool lists, CancellationToken cancellationToken)
    {
        var output = Stream.Synchronized(host.Output);
        var latest = new LatestProgress<CollectionProgress>();
        var collector = new GarbageCollector(item.Location, new CollectionServices
        {
            Keys = item.Keys,
            TimeProvider = host.Clock,
            Removed = lists ? key => output.Write(Encoding.ASCII.GetBytes($"{key}\n")) : null,
        });
        await using var line = ProgressLine.Start(host, _ => latest.Value is { } now
            ? string.Create(CultureInfo.InvariantCulture, $"{item.Location.Alias}: {now.Phase.ToString().ToLowerInvariant()}, {now.CatalogsRead:N0} catalogs, {now.ObjectsCondemned:N0} objects to remove, {now.ObjectsRemoved:N0} removed")
            : $"{item.Location.Alias}: collecting");
        return await collector.CollectAsync(options, latest, cancellationToken);
    }

    private static async Task<IReadOnlyList<ReplicaConfiguration>> OnlyCollectableAsync(IReadOnlyList<ReplicaConfiguration> replicas)
    {
        var collectable = new List<ReplicaConfiguration>();
        foreach (var replica in replicas.Where(replica => !replica.IsPassThrough && replica.Storage.IsLocal))
        {
            if (await MayBeCollectableAsync(replica)) collectable.Add(replica);
        }

        return collectable;
    }

    // What cannot be told is no reason to pass over a replica, nor to leave the others alone: trying it says what is wrong.
    private static async Task<bool> MayBeCollectableAsync(ReplicaConfiguration replica)
    {
        try
        {
            return (await ReplicaStatus.ReadAsync(replica.Location)).Manifest is { IsGarbageCollectable: true };
        }
        catch (Exception e) when (e is ConfigurationException or IOException or UnauthorizedAccessException or CvmfsException)
        {
            return true;
        }
    }

    private static Option<double?> Hours(string name, string description)
    {
        var option = new Option<double?>(name) { Description = description, HelpName = "HOURS" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is < 0 or > 876_000 or double.NaN) result.AddError($"{name}: expected a number of hours.");
        });
        return option;
    }
}
