using System.CommandLine;
using Cvmfs.Net.Cli.Replicas;
using Cvmfs.Net.Replication;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica preload</c>: fills a cache that clients share.</summary>
internal static class ReplicaPreloadCommand
{
    public static Command Create(CliHost host)
    {
        var upstream = ReplicaArguments.Upstream();
        var keys = ReplicaArguments.Keys();
        var cache = new Option<string>("--cache") { Description = "The cache folder (CVMFS_ALIEN_CACHE of the clients).", HelpName = "DIR", Required = true };
        var connections = ReplicaArguments.Connections();
        var proxy = ProxyOption.Create();
        var name = ReplicaArguments.Name();
        var filter = ReplicaArguments.Filter();
        var inspect = new Option<bool>("--inspect") { Description = "Look at everything, although the newest revision is in the cache." };
        var json = ReplicaArguments.Json();
        var command = new CliCommand(
            "preload",
            "Bring the newest revision into a cache that clients share, decompressed as they keep it.",
            "replica preload --upstream http://stratum1.example.org/cvmfs/software.example.org -k example.org.pub --cache /shared/cvmfs-cache")
        {
            upstream, keys, cache, connections, proxy, name, filter, inspect, json,
        };
        command.Notes = ReplicaOutcomes.ExitCodeNotes;
        return command.Runs(async (parse, cancellationToken) =>
        {
            var trusted = await ReplicaArguments.LoadKeysAsync(parse.GetValue(keys), cancellationToken);
            var options = new ReplicationOptions
            {
                Upstream = parse.GetRequiredValue(upstream),
                StorageFolder = Path.GetFullPath(parse.GetRequiredValue(cache)),
                Filter = await ReplicaArguments.LoadFilterAsync(parse.GetValue(filter), cancellationToken),
                VerifyPresent = parse.GetValue(inspect),
                Proxies = parse.GetValue(proxy),
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
