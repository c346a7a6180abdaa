using System.Diagnostics.Metrics;

namespace Cvmfs.Net.Replication.Diagnostics;

/// <summary>Instruments of the meter "Cvmfs.Net.Replication". Objects and bytes as such are counted by the core's transfer metrics.</summary>
internal static class ReplicationMetrics
{
    private static readonly Meter Meter = new("Cvmfs.Net.Replication");

    private static readonly Counter<long> Snapshots =
        Meter.CreateCounter<long>("cvmfs.replica.snapshots", "{snapshot}", "Snapshot runs, by outcome.");

    private static readonly Histogram<double> Duration =
        Meter.CreateHistogram<double>("cvmfs.replica.snapshot.duration", "s", "Duration of snapshot runs, by outcome.");

    private static readonly Counter<long> Objects =
        Meter.CreateCounter<long>("cvmfs.replica.objects", "{object}", "Objects and catalogs that runs dealt with, by kind and outcome.");

    private static readonly Counter<long> Bytes =
        Meter.CreateCounter<long>("cvmfs.replica.fetched", "By", "Stored bytes brought by runs.");

    private static readonly UpDownCounter<long> Running =
        Meter.CreateUpDownCounter<long>("cvmfs.replica.snapshots.running", "{snapshot}", "Runs going on.");

    public static void Begin(string repository) => Running.Add(1, Repository(repository));

    public static void End(string repository, SnapshotReport? report)
    {
        Running.Add(-1, Repository(repository));
        if (report is null) return; // cancelled
        var tag = Repository(repository);
        var outcome = KeyValuePair.Create("outcome", (object?)Name(report.Outcome));
        Snapshots.Add(1, tag, outcome);
        Duration.Record(report.Duration.TotalSeconds, tag, outcome);
        Bytes.Add(report.BytesFetched, tag);
        Count(tag, "file", "new", report.ObjectsFetched);
        Count(tag, "file", "present", report.ObjectsKnown);
        Count(tag, "catalog", "new", report.CatalogsFetched);
        Count(tag, "catalog", "present", report.CatalogsKnown);
        Count(tag, "any", "failed", report.FailureCount);
    }

    private static void Count(KeyValuePair<string, object?> repository, string kind, string outcome, long count)
    {
        if (count > 0) Objects.Add(count, repository, KeyValuePair.Create("object.kind", (object?)kind), KeyValuePair.Create("outcome", (object?)outcome));
    }

    private static KeyValuePair<string, object?> Repository(string repository) => KeyValuePair.Create("repository", (object?)repository);

    private static string Name(SnapshotOutcome outcome) => outcome switch
    {
        SnapshotOutcome.Updated => "updated",
        SnapshotOutcome.Unchanged => "unchanged",
        SnapshotOutcome.Locked => "locked",
        SnapshotOutcome.UpstreamUnreachable => "unreachable",
        SnapshotOutcome.NotReplicable => "not_replicable",
        SnapshotOutcome.Untrusted => "untrusted",
        SnapshotOutcome.RollbackRefused => "rollback",
        SnapshotOutcome.Incomplete => "incomplete",
        SnapshotOutcome.StorageFull => "storage_full",
        SnapshotOutcome.StorageFailed => "storage_failed",
        _ => "reflog_mismatch",
    };
}
