using System.CommandLine;
using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica snapshot</c>: brings copies up to date, once: a folder, or replicas of this host.</summary>
internal static class ReplicaSnapshotCommand
{
    private const long LeastBandwidth = 1000; // less looks like a stall, and is a unit forgotten

    public static Command Create(CliHost host)
    {
        var upstream = ReplicaArguments.Upstream();
        upstream.Required = false;
        var keys = ReplicaArguments.Keys();
        var storage = new Option<string>("--storage") { Description = "The copy's folder.", HelpName = "DIR" };
        var connections = ReplicaArguments.Connections();
        var bandwidth = new Option<string?>("--bandwidth") { Description = "Bytes received a second at most, such as 50MB.", HelpName = "SIZE" };
        var proxy = ProxyOption.Create();
        var name = ReplicaArguments.Name();
        var rollback = new Option<bool>("--allow-rollback") { Description = "Let an older revision replace a newer one." };
        var wait = new Option<int>("--wait-for-lock") { Description = "Seconds to wait for another run; a first snapshot is never waited for.", HelpName = "SECONDS", DefaultValueFactory = _ => 600 };
        var abort = new Option<bool>("--abort-on-conflict", "-t") { Description = "Do not wait for another run." };
        var filter = ReplicaArguments.Filter();
        var noFilter = new Option<bool>("--no-filter") { Description = "Make a whole copy of one that was made with --filter." };
        var log = new Option<string?>("--log") { Description = "Append Starting and Finished lines, as cvmfs_server snapshot -a does.", HelpName = "FILE" };
        var json = ReplicaArguments.Json();
        var managed = new ManagedSnapshot(rollback, wait, abort, json);
        wait.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 86_400) result.AddError("--wait-for-lock: expected 0 to 86400 seconds.");
        });
        bandwidth.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } size && (!ByteSize.TryParse(size, out long bytes) || bytes < LeastBandwidth))
            {
                result.AddError($"--bandwidth: \"{size}\" is no number of bytes a second; expected {LeastBandwidth} or more, such as 500kB or 50MB.");
            }
        });
        var command = new CliCommand(
            "snapshot",
            "Bring copies up to date with their upstream, once: replicas of this host, or any folder. They stay servable all the time.",
            "replica snapshot software.example.org",
            "replica snapshot --all --initialized-only",
            "replica snapshot --upstream http://stratum0.example.org/cvmfs/software.example.org -k example.org.pub --storage /srv/cvmfs/software.example.org",
            "replica snapshot --upstream http://a.example.org/cvmfs/sw.example.org,http://b.example.org/cvmfs/sw.example.org -k keys/ --storage ./sw --json")
        {
            upstream, keys, storage, connections, bandwidth, proxy, name, rollback, wait, abort, filter, noFilter, log, json,
        };
        command.Notes = ReplicaOutcomes.ExitCodeNotes + "\n" + ManagedSnapshot.Notes;
        managed.AddTo(command);
        command.Validators.Add(result =>
        {
            bool isFolder = result.GetValue(upstream) is not null || result.GetValue(storage) is not null;
            if (isFolder && managed.IsAsked(result)) result.AddError("--upstream and --storage are for a folder of its own; NAME and --all for replicas of this host.");
            else if (isFolder && (result.GetValue(upstream) is null || result.GetValue(storage) is null)) result.AddError("--upstream and --storage belong together.");
            else if (!isFolder && !managed.IsAsked(result)) result.AddError("What is to be brought up to date? Give NAME, --all, or --upstream and --storage.");
            else if (!isFolder)
            {
                foreach (var option in (Option[])[keys, connections, bandwidth, proxy, name, filter, noFilter, log])
                {
                    if (result.GetResult(option) is { Implicit: false }) result.AddError($"{option.Name} is for a folder of its own; a replica of this host has its settings in its files.");
                }
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetValue(noFilter) && result.GetValue(filter) is not null) result.AddError("--filter and --no-filter exclude each other.");
        });
        return command.Runs(async (parse, cancellationToken) =>
        {
            if (parse.GetValue(upstream) is null) return await managed.RunAsync(parse, host, cancellationToken);
            var trusted = await ReplicaArguments.LoadKeysAsync(parse.GetValue(keys), cancellationToken);
            var options = new ReplicationOptions
            {
                Upstream = parse.GetValue(upstream)!,
                StorageFolder = Path.GetFullPath(parse.GetValue(storage)!),
                LockPatience = parse.GetValue(abort) ? TimeSpan.Zero : TimeSpan.FromSeconds(parse.GetValue(wait)),
                Filter = await ReplicaArguments.LoadFilterAsync(parse.GetValue(filter), cancellationToken),
                AllowWidening = parse.GetValue(noFilter),
                ClassicLogFile = parse.GetValue(log),
                Proxies = parse.GetValue(proxy),
            };
            if (parse.GetValue(connections) is { } count) options.MaxConnections = count;
            if (parse.GetValue(bandwidth) is { } size) options.MaxBytesPerSecond = ByteSize.Parse(size);
            options.Repository = (await ReplicaArguments.ResolveNameAsync(parse.GetValue(name), options.Upstream, options.Proxies, cancellationToken)).ToString();
            var report = await RunAsync(host, options, trusted, parse.GetValue(rollback), cancellationToken);
            if (parse.GetValue(json)) await SnapshotReportJson.WriteAsync(host.Output, report, cancellationToken);
            await ReplicaOutcomes.SummarizeAsync(host, report);
            return ReplicaOutcomes.ExitCodeOf(report.Outcome);
        });
    }

    private static async Task<SnapshotReport> RunAsync(CliHost host, ReplicationOptions options, MasterKeys keys, bool allowRollback, CancellationToken cancellationToken)
    {
        var latest = new SnapshotProgressText();
        await using var replica = new Replica(options, keys, new ReplicaServices { TimeProvider = host.Clock });
        await using var line = ProgressLine.Start(host, latest.Describe);
        return await replica.SnapshotAsync(allowRollback, latest, cancellationToken);
    }
}
