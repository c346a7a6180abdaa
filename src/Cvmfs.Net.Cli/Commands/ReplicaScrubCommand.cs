using System.CommandLine;
using System.Globalization;
using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication.Scrubbing;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica scrub</c>: hashes every object of a storage.</summary>
internal static class ReplicaScrubCommand
{
    public static Command Create(CliHost host)
    {
        var machine = new Option<bool>("--machine", "-m") { Description = "Alerts as cvmfs_swissknife scrub -m prints them: NUMBER HASH PATH." };
        var resume = new Option<bool>("--resume") { Description = "Go on where an earlier scrub ended, and leave word for a later one." };
        var most = new Option<string?>("--max-bytes") { Description = "Stop after so much, to be resumed.", HelpName = "SIZE" };
        var repair = new Option<bool>("--repair") { Description = "Fetch damaged objects again from the upstream." };
        var quarantine = new Option<bool>("--quarantine") { Description = "Move damaged objects that cannot be repaired out of the way." };
        var workers = new Option<int?>("--workers") { Description = "Files hashed at once; the processors where left out.", HelpName = "N" };
        var rate = ReplicaCheckCommand.Rate();
        var json = ReplicaArguments.Json();
        var place = new StorageArguments();
        var command = new CliCommand(
            "scrub",
            "Hash every object of a storage and say which do not match their names, or do not belong there.",
            "replica scrub software.example.org --rate 100MB",
            "replica scrub --storage /srv/cvmfs/software.example.org -m")
        {
            machine, resume, most, repair, quarantine, workers, rate, json,
        };
        command.Notes = "Exit codes: 0 no alert, 1 alerts, 6 storage failed. Alerts go to standard output, where the reference prints them to standard error.";
        place.AddTo(command, takesKeys: false);
        command.Validators.Add(result =>
        {
            if (result.GetValue(most) is { } size && (!ByteSize.TryParse(size, out long bytes) || bytes < 1)) result.AddError($"--max-bytes: \"{size}\" is no size.");
            if (result.GetValue(workers) is < 1 or > 1024) result.AddError("--workers: expected 1 to 1024.");
        });
        return command.Runs((parse, cancellationToken) => place.ForEachAsync(parse, host, null, async item =>
        {
            await using var upstream = parse.GetValue(repair) ? item.OpenReplica(host) : null;
            var options = new ScrubOptions
            {
                BytesPerSecond = parse.GetValue(rate) is { } size ? ByteSize.Parse(size) : 0,
                Resume = parse.GetValue(resume),
                StateFolder = item.Location.SpoolFolder,
                MaxBytes = parse.GetValue(most) is { } limit ? ByteSize.Parse(limit) : 0,
                Repair = upstream,
                Quarantine = parse.GetValue(quarantine),
            };
            if (parse.GetValue(workers) is { } count) options = options with { Workers = count };
            var report = await ScrubAsync(host, item, options, cancellationToken);
            if (parse.GetValue(json)) await JsonOutput.WriteAsync(host, item.IsList, report.WriteJson, cancellationToken);
            else await WriteAsync(host, report, parse.GetValue(machine), cancellationToken);
            return ReportOutcomes.ExitCodeOf(report.Outcome);
        }, cancellationToken));
    }

    private static async Task<ScrubReport> ScrubAsync(CliHost host, WorkItem item, ScrubOptions options, CancellationToken cancellationToken)
    {
        var latest = new LatestProgress<ScrubProgress>();
        await using var line = ProgressLine.Start(host, elapsed => string.Create(
            CultureInfo.InvariantCulture,
            $"{item.Location.Alias}: {latest.Value.Folders} of 256 folders, {latest.Value.Files:N0} files, {ByteSize.Format(latest.Value.Bytes)}, {ProgressLine.Rate(latest.Value.Bytes, elapsed)}, {latest.Value.Alerts:N0} alerts"));
        return await new StorageScrubber(item.Location.StorageFolder, new ScrubServices { TimeProvider = host.Clock }).ScrubAsync(options, latest, cancellationToken);
    }

    private static async Task WriteAsync(CliHost host, ScrubReport report, bool isMachine, CancellationToken cancellationToken)
    {
        await using var text = host.OpenText();
        foreach (var alert in report.Alerts) await text.WriteLineAsync(SafeText.ForTerminal(isMachine ? alert.ToMachineLine() : alert.ToString()).AsMemory(), cancellationToken);
        if (report.AlertCount > report.Alerts.Count) await text.WriteLineAsync($"and {report.AlertCount - report.Alerts.Count} more");
        await text.FlushAsync(cancellationToken);
        await host.Error.WriteLineAsync(SafeText.ForTerminal(report.Message));
    }
}
