using System.Globalization;
using Cvmfs.Net.Replication;

namespace Cvmfs.Net.Cli.Replicas;

/// <summary>What the endings of a snapshot mean to scripts and to people.</summary>
internal static class ReplicaOutcomes
{
    private const int MaxListedFailures = 10;

    /// <summary>For <c>--help</c>.</summary>
    public const string ExitCodeNotes = """
        Exit codes:
          0  done: up to date          4  upstream unreachable        130  interrupted (Ctrl-C)
          1  failed otherwise          5  locked by another run       143  terminated (SIGTERM)
          2  wrong usage               6  storage full or failed
          3  not to be believed        7  incomplete: something did not come
        After anything but 0 the revision served before is still served, and what came stays for the next run.
        """;

    public static int ExitCodeOf(SnapshotOutcome outcome) => outcome switch
    {
        SnapshotOutcome.Updated or SnapshotOutcome.Unchanged or SnapshotOutcome.Skipped => ExitCodes.Done,
        SnapshotOutcome.WideningRefused => ExitCodes.Usage,
        SnapshotOutcome.Locked => ExitCodes.Locked,
        SnapshotOutcome.UpstreamUnreachable => ExitCodes.UpstreamUnreachable,
        SnapshotOutcome.Untrusted or SnapshotOutcome.RollbackRefused => ExitCodes.VerificationFailed,
        SnapshotOutcome.Incomplete => ExitCodes.Incomplete,
        SnapshotOutcome.StorageFull or SnapshotOutcome.StorageFailed => ExitCodes.Storage,
        _ => ExitCodes.Failed,
    };

    public static string? HintFor(SnapshotOutcome outcome) => outcome switch
    {
        SnapshotOutcome.Locked => "Another run is at work there; --wait-for-lock says how long to wait for it.",
        SnapshotOutcome.RollbackRefused => "If the publisher really went back, --allow-rollback follows.",
        SnapshotOutcome.Incomplete => "The old revision is still served. Run again: what came stays.",
        SnapshotOutcome.StorageFull => "The old revision is still served. Free some space and run again.",
        SnapshotOutcome.WideningRefused => "Give the filter with --filter FILE, or --no-filter to copy all from now on.",
        SnapshotOutcome.NotReplicable => "Ask who runs the upstream to allow replication.",
        _ => null,
    };

    /// <summary>Says in a few lines how it went.</summary>
    public static async Task SummarizeAsync(CliHost host, SnapshotReport report)
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
}
