using System.CommandLine;
using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica preload</c>: fills a cache that clients share.</summary>
internal static class ReplicaPreloadCommand
{
    public static Command Create(CliHost host)
    {
        var upstream = new Option<string>("--upstream") { Description = "Where to copy from: a repository URL, several joined by commas, or a folder.", HelpName = "SOURCE", Required = true };
        var keys = new Option<string[]>("--key", "-k") { Description = "Public master key: a file, or a folder of *.pub files. Repeatable.", HelpName = "KEY" };
        var cache = new Option<string>("--cache") { Description = "The cache folder (CVMFS_ALIEN_CACHE of the clients).", HelpName = "DIR", Required = true };
        var connections = new Option<int?>("--connections") { Description = "Connections to each server at once.", HelpName = "N" };
        var name = new Option<string?>("--name") { Description = "The repository's name, where the address is an alias.", HelpName = "FQRN" };
        var filter = new Option<string?>("--filter") { Description = "Copy only the nested catalogs that the rules in this file name, as in a .cvmfsdirtab.", HelpName = "FILE" };
        var inspect = new Option<bool>("--inspect") { Description = "Look at everything, although the newest revision is in the cache." };
        var json = new Option<bool>("--json") { Description = "Report as one JSON object." };
        connections.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > 1024) result.AddError("--connections: expected 1 to 1024.");
        });
        var command = new CliCommand(
            "preload",
            "Bring the newest revision into a cache that clients share, decompressed as they keep it.",
            "replica preload --upstream http://stratum1.example.org/cvmfs/software.example.org -k example.org.pub --cache /shared/cvmfs-cache")
        {
            upstream, keys, cache, connections, name, filter, inspect, json,
        };
        command.Notes = ReplicaOutcomes.ExitCodeNotes;
        return command.Runs(async (parse, cancellationToken) =>
        {
            var trusted = await KeyFiles.LoadAsync(parse.GetValue(keys) ?? [], cancellationToken)
                ?? throw new CliException(ExitCodes.VerificationFailed, "no key to verify the upstream with.", "Give its public key with -k FILE_OR_DIR.");
            var options = new ReplicationOptions
            {
                Upstream = parse.GetRequiredValue(upstream),
                StorageFolder = Path.GetFullPath(parse.GetRequiredValue(cache)),
                Filter = await ReplicaArguments.LoadFilterAsync(parse.GetValue(filter), cancellationToken),
                VerifyPresent = parse.GetValue(inspect),
            };
            if (parse.GetValue(connections) is { } count) options.MaxConnections = count;
            options.Repository = (await ReplicaArguments.ResolveNameAsync(parse.GetValue(name), options.Upstream, options.Proxies, cancellationToken)).ToString();
            var latest = new SnapshotProgressText();
            SnapshotReport report;
            await using (var preloader = new CachePreloader(options, trusted, new ReplicaServices { TimeProvider = host.Clock }))
            await using (ProgressLine.Start(host, latest.Describe))
            {
                report = await preloader.PreloadAsync(latest, cancellationToken);
            }

            if (parse.GetValue(json)) await SnapshotReportJson.WriteAsync(host.Output, report, cancellationToken);
            await ReplicaOutcomes.SummarizeAsync(host, report);
            return ReplicaOutcomes.ExitCodeOf(report.Outcome);
        });
    }
}
