using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Repositories;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Cli.Commands;

/// <summary><c>replica snapshot</c>: brings one copy up to date, once.</summary>
internal static class ReplicaSnapshotCommand
{
    private const int MaxListedFailures = 10;

    public static Command Create(CliHost host)
    {
        var upstream = new Option<string>("--upstream") { Description = "Where to copy from: a repository URL, several joined by commas, or a folder.", HelpName = "SOURCE", Required = true };
        var keys = new Option<string[]>("--key", "-k") { Description = "Public master key: a file, or a folder of *.pub files. Repeatable.", HelpName = "KEY" };
        var storage = new Option<string>("--storage") { Description = "The copy's folder.", HelpName = "DIR", Required = true };
        var connections = new Option<int?>("--connections") { Description = "Transfers at once.", HelpName = "N" };
        var name = new Option<string?>("--name") { Description = "The repository's name, where the address is an alias.", HelpName = "FQRN" };
        var rollback = new Option<bool>("--allow-rollback") { Description = "Let an older revision replace a newer one." };
        var wait = new Option<int>("--wait-for-lock") { Description = "Seconds to wait for another run.", HelpName = "SECONDS" };
        var json = new Option<bool>("--json") { Description = "Report as one JSON object." };
        connections.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > 1024) result.AddError("--connections: expected 1 to 1024.");
        });
        var command = new CliCommand(
            "snapshot",
            "Bring a copy up to date with its upstream, once. It stays servable all the time.",
            "replica snapshot --upstream http://stratum0.example.org/cvmfs/software.example.org -k example.org.pub --storage /srv/cvmfs/software.example.org",
            "replica snapshot --upstream http://a.example.org/cvmfs/sw.example.org,http://b.example.org/cvmfs/sw.example.org -k keys/ --storage ./sw --json")
        {
            upstream, keys, storage, connections, name, rollback, wait, json,
        };
        return command.Runs(async (parse, cancellationToken) =>
        {
            var trusted = await KeyFiles.LoadAsync(parse.GetValue(keys) ?? [], cancellationToken)
                ?? throw new CliException(ExitCodes.VerificationFailed, "no key to verify the upstream with.", "Give its public key with -k FILE_OR_DIR.");
            var options = new ReplicationOptions
            {
                Upstream = parse.GetRequiredValue(upstream),
                StorageFolder = Path.GetFullPath(parse.GetRequiredValue(storage)),
                LockPatience = TimeSpan.FromSeconds(parse.GetValue(wait)),
            };
            if (parse.GetValue(connections) is { } count) options.MaxTransfers = count;
            options.Repository = (await ResolveNameAsync(parse.GetValue(name), options.Upstream, cancellationToken)).ToString();
            var report = await RunAsync(host, options, trusted, parse.GetValue(rollback), cancellationToken);
            if (parse.GetValue(json)) await WriteJsonAsync(host, report, cancellationToken);
            await SummarizeAsync(host, report);
            return ExitCodeOf(report.Outcome);
        });
    }

    private static async Task<RepositoryName> ResolveNameAsync(string? given, string upstream, CancellationToken cancellationToken)
    {
        if (given is not null) return RepositoryName.TryParse(given, out var named) ? named : throw CliException.Usage($"\"{given}\" is no repository name.");
        if (CvmfsRepository.NameFromAddress(upstream) is { IsEmpty: false } promised) return promised;
        // A folder or an alias: what it says of itself will have to be signed.
        try
        {
            await using var source = RepositorySource.Open(upstream);
            byte[] document = await source.ReadRootFileAsync(RootFileNames.Manifest, cancellationToken: cancellationToken)
                ?? throw new CvmfsTransportException(source.Origin, $"there is no {RootFileNames.Manifest}.", isTransient: false);
            return RepositoryName.Parse(Manifest.Parse(document, source.Origin).RepositoryName);
        }
        catch (ArgumentException refused)
        {
            throw CliException.Usage(refused.Message);
        }
    }

    private static async Task<SnapshotReport> RunAsync(CliHost host, ReplicationOptions options, MasterKeys keys, bool allowRollback, CancellationToken cancellationToken)
    {
        var latest = new LatestProgress();
        await using var replica = new Replica(options, keys, new ReplicaServices { TimeProvider = host.Clock });
        await using var line = ProgressLine.Start(host, latest.Describe);
        return await replica.SnapshotAsync(allowRollback, latest, cancellationToken);
    }

    private static int ExitCodeOf(SnapshotOutcome outcome) => outcome switch
    {
        SnapshotOutcome.Updated or SnapshotOutcome.Unchanged => ExitCodes.Done,
        SnapshotOutcome.Locked => ExitCodes.Locked,
        SnapshotOutcome.UpstreamUnreachable => ExitCodes.UpstreamUnreachable,
        SnapshotOutcome.Untrusted or SnapshotOutcome.RollbackRefused => ExitCodes.VerificationFailed,
        SnapshotOutcome.Incomplete => ExitCodes.Incomplete,
        SnapshotOutcome.StorageFull or SnapshotOutcome.StorageFailed => ExitCodes.Storage,
        _ => ExitCodes.Failed,
    };

    private static string? HintFor(SnapshotOutcome outcome) => outcome switch
    {
        SnapshotOutcome.Locked => "Another run is at work there; --wait-for-lock waits for it.",
        SnapshotOutcome.RollbackRefused => "If the publisher really went back, --allow-rollback follows.",
        SnapshotOutcome.Incomplete => "The old revision is still served. Run again: what came stays.",
        SnapshotOutcome.StorageFull => "The old revision is still served. Free some space and run again.",
        SnapshotOutcome.NotReplicable => "Ask who runs the upstream to allow replication.",
        _ => null,
    };

    private static async Task SummarizeAsync(CliHost host, SnapshotReport report)
    {
        await host.Error.WriteLineAsync($"{report.Repository}: {SafeText.ForTerminal(report.Message)}");
        foreach (var failure in report.Failures.Take(MaxListedFailures)) await host.Error.WriteLineAsync($"  {failure.Object}: {SafeText.ForTerminal(failure.Message)}");
        if (report.FailureCount > MaxListedFailures) await host.Error.WriteLineAsync($"  and {report.FailureCount - MaxListedFailures} more");
        if (report.Outcome == SnapshotOutcome.Updated)
        {
            await host.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"  {report.ObjectsFetched:N0} objects and {report.CatalogsFetched:N0} catalogs, {ByteSize.Format(report.BytesFetched)} in {report.Duration.TotalSeconds:0.0} s; {report.ObjectsKnown:N0} were there"));
        }

        if (HintFor(report.Outcome) is { } hint) await host.Error.WriteLineAsync("  " + hint);
    }

    private static async Task WriteJsonAsync(CliHost host, SnapshotReport report, CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(host.Output, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("repository", report.Repository);
        json.WriteString("outcome", JsonNamingPolicy.SnakeCaseLower.ConvertName(report.Outcome.ToString()));
        json.WriteString("message", report.Message);
        json.WriteString("started_at", report.StartedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        json.WriteNumber("duration_seconds", report.Duration.TotalSeconds);
        if (report.PreviousRevision is { } previous) json.WriteNumber("previous_revision", previous);
        if (report.Revision is { } revision) json.WriteNumber("revision", revision);
        json.WriteBoolean("initial", report.IsInitial);
        json.WriteBoolean("whitelist_renewed", report.WhitelistRenewed);
        json.WriteNumber("catalogs_fetched", report.CatalogsFetched);
        json.WriteNumber("objects_fetched", report.ObjectsFetched);
        json.WriteNumber("objects_known", report.ObjectsKnown);
        json.WriteNumber("bytes_fetched", report.BytesFetched);
        json.WriteNumber("failure_count", report.FailureCount);
        json.WriteStartArray("failures");
        foreach (var failure in report.Failures)
        {
            json.WriteStartObject();
            json.WriteString("object", failure.Object.ToString());
            json.WriteString("reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(failure.Reason.ToString()));
            json.WriteString("message", failure.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
        await host.Output.WriteAsync("\n"u8.ToArray(), cancellationToken);
        await host.Output.FlushAsync(cancellationToken);
    }

    /// <summary>Keeps the last thing heard for whoever draws it.</summary>
    private sealed class LatestProgress : IProgress<SnapshotProgress>
    {
        private volatile SnapshotProgress? _latest;

        public void Report(SnapshotProgress value) => _latest = value;

        public string Describe(TimeSpan elapsed)
        {
            if (_latest is not { } now || now.Phase == SnapshotPhase.Verifying) return "verifying";
            if (now.Phase == SnapshotPhase.Publishing) return "publishing";
            long known = now.ObjectsFetched + now.ObjectsWaiting;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"revision {now.Revision}: {now.ObjectsFetched:N0} of {known:N0} known objects, {now.CatalogsCommitted:N0} catalogs done, {now.CatalogsWaiting:N0} waiting, {ByteSize.Format(now.BytesFetched)}, {ProgressLine.Rate(now.BytesFetched, now.Elapsed)}{(now.Failures > 0 ? $", {now.Failures} failed" : "")}{(now.CatalogsWaiting == 0 ? ProgressLine.Remaining(now.ObjectsFetched, known, now.Elapsed) : "")}");
        }
    }
}
