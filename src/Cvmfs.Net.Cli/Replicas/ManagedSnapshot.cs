using System.CommandLine;
using System.CommandLine.Parsing;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Replication.Scheduling;

namespace Cvmfs.Net.Cli.Replicas;

/// <summary>The part of <c>replica snapshot</c> that is about replicas of this host.</summary>
internal sealed class ManagedSnapshot(Option<bool> rollback, Option<int> wait, Option<bool> abort, Option<bool> json)
{
    public const string Notes = """
        --all takes every active replica of one group (without --group: of none), oldest snapshot first, several at once, writes snapshots.log
        as cvmfs_server does and returns 0 whatever became of them; with --strict the first failure's code.
        Garbage is collected afterwards where CVMFS_AUTO_GC says so and it is time.
        """;

    private readonly HostArguments _places = new();
    private readonly Option<bool> _separate = new("--separate-logs", "-s") { Description = "With --all: a log per replica." };
    private readonly Option<bool> _noLogrotate = new("--no-logrotate", "-n") { Description = "Accepted for cvmfs_server's sake: logrotate is not looked for." };
    private readonly Option<bool> _initialized = new("--initialized-only", "-i") { Description = "With --all: leave out replicas without a snapshot." };
    private readonly Option<string?> _group = new("--group", "-g") { Description = "With --all: the replicas of this group.", HelpName = "GROUP" };
    private readonly RoundArguments _round = new("snapshots.log", "snapshot");
    private readonly Option<string> _slots = new("--slot-dir") { Description = "With --all: folder of the locks that bound such runs on this host; empty for none.", HelpName = "DIR", DefaultValueFactory = _ => "/dev/shm/cvmfs_snapshot_all" };

    public void AddTo(Command command)
    {
        _places.AddTo(command);
        foreach (var option in (Option[])[_initialized, _group, _separate, _slots, _noLogrotate]) command.Options.Add(option);
        _round.AddTo(command, _places.All);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_places.All)) return;
            foreach (var option in (Option[])[_initialized, _group, _separate])
            {
                if (result.GetResult(option) is { Implicit: false }) result.AddError($"{option.Name} belongs to --all.");
            }
        });
    }

    public bool IsAsked(CommandResult result) => result.GetValue(_places.All) || result.GetResult(_places.Names) is { Tokens.Count: > 0 };

    public Task<int> RunAsync(ParseResult parse, CliHost host, CancellationToken cancellationToken)
        => parse.GetValue(_places.All) ? RunAllAsync(parse, host, cancellationToken) : RunNamedAsync(parse, host, cancellationToken);

    private async Task<int> RunNamedAsync(ParseResult parse, CliHost host, CancellationToken cancellationToken)
    {
        var selected = await _places.SelectAsync(parse, host, cancellationToken);
        return await selected.ForEachAsync(host, async configuration =>
        {
            await WarnOfOwnerAsync(host, configuration);
            var options = configuration.ToReplicationOptions(host.Clock);
            options.LockPatience = parse.GetValue(abort) ? TimeSpan.Zero : TimeSpan.FromSeconds(parse.GetValue(wait));
            var latest = new SnapshotProgressText();
            SnapshotReport report;
            await using (var replica = new Replica(options, await configuration.LoadKeysAsync(cancellationToken), new ReplicaServices { TimeProvider = host.Clock, Blacklist = selected.Host.Blacklist }))
            await using (ProgressLine.Start(host, latest.Describe))
            {
                report = await replica.SnapshotAsync(parse.GetValue(rollback), latest, cancellationToken);
            }

            if (parse.GetValue(json)) await JsonOutput.WriteAsync(host, selected.IsList, writer => SnapshotReportJson.Write(writer, report), cancellationToken);
            await ReplicaOutcomes.SummarizeAsync(host, report);
            int code = ReplicaOutcomes.ExitCodeOf(report.Outcome);
            if (code != ExitCodes.Done) return code;
            return await SummarizeAsync(host, configuration.Alias, await CollectionAfterSnapshot.RunIfDueAsync(configuration, host.Clock, cancellationToken));
        }, cancellationToken);
    }

    private async Task<int> RunAllAsync(ParseResult parse, CliHost host, CancellationToken cancellationToken)
    {
        var read = await _places.LoadAsync(parse, host, cancellationToken);
        foreach (var replica in read.Replicas.Where(replica => replica.IsActive && replica.Group == parse.GetValue(_group))) await WarnOfOwnerAsync(host, replica);
        int result = ExitCodes.Done;
        var round = new SnapshotRound(read, new SnapshotRoundOptions
        {
            Group = parse.GetValue(_group),
            InitializedOnly = parse.GetValue(_initialized),
            SeparateLogs = parse.GetValue(_separate),
            LogFolder = _round.FolderOf(parse),
            SlotFolder = parse.GetRequiredValue(_slots) is { Length: > 0 } slots ? slots : null,
            Services = new ReplicaServices { TimeProvider = host.Clock, Blacklist = read.Blacklist },
        })
        {
            EntryEnded = async (entry, token) =>
            {
                int code = ExitCodes.Failed;
                if (entry.Problem is { } problem)
                {
                    await host.Error.WriteLineAsync($"{entry.Alias}: {SafeText.ForTerminal(problem)}");
                }
                else if (entry.Snapshot is { } report)
                {
                    if (parse.GetValue(json)) await JsonOutput.WriteAsync(host, isList: true, writer => SnapshotReportJson.Write(writer, report), token);
                    await ReplicaOutcomes.SummarizeAsync(host, report);
                    code = ReplicaOutcomes.ExitCodeOf(report.Outcome);
                    int after = await SummarizeAsync(host, entry.Alias, entry.Collection);
                    if (code == ExitCodes.Done) code = after;
                }

                if (result == ExitCodes.Done) result = code;
            },
        };
        var report = await round.RunAsync(cancellationToken);
        if (!report.HadSlot) await host.Error.WriteLineAsync($"{read.MaxParallelSnapshots} such runs are at work already (CVMFS_MAX_PARALLEL_SNAPSHOTS); nothing to do.");
        return _round.ExitCodeOf(parse, result);
    }

    private static async Task<int> SummarizeAsync(CliHost host, string alias, CollectionReport? collection)
    {
        if (collection is null) return ExitCodes.Done;
        await host.Error.WriteLineAsync($"{alias}: {SafeText.ForTerminal(collection.Message)}");
        return ReportOutcomes.ExitCodeOf(collection.Outcome);
    }

    // New files would belong to somebody whose files the owner of the others cannot replace.
    private static async Task WarnOfOwnerAsync(CliHost host, ReplicaConfiguration replica)
    {
        if (replica.IsPassThrough || replica.User is not { } owner || owner == Environment.UserName) return;
        await host.Error.WriteLineAsync($"warning: {replica.Alias}: the files belong to {SafeText.ForTerminal(owner)} (CVMFS_USER), and this runs as {Environment.UserName}: run it as {SafeText.ForTerminal(owner)}, or new files belong to somebody else.");
    }
}
