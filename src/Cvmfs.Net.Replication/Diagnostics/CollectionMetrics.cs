using System.Diagnostics.Metrics;
using Cvmfs.Net.Replication.Collection;

namespace Cvmfs.Net.Replication.Diagnostics;

/// <summary>Instruments of garbage collection, of the same meter as those of snapshots.</summary>
internal static class CollectionMetrics
{
    private static readonly Meter Meter = new("Cvmfs.Net.Replication");

    private static readonly Counter<long> Runs = Meter.CreateCounter<long>("cvmfs.replica.collections", "{collection}", "Garbage collections, by outcome.");

    private static readonly Histogram<double> Duration =
        Meter.CreateHistogram<double>("cvmfs.replica.collection.duration", "s", "Duration of garbage collections, by outcome.");

    private static readonly Histogram<double> Locked =
        Meter.CreateHistogram<double>("cvmfs.replica.collection.locked", "s", "Time in which a garbage collection kept snapshots waiting.");

    private static readonly Counter<long> Objects = Meter.CreateCounter<long>("cvmfs.replica.collection.objects", "{object}", "Objects removed by garbage collections.");

    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>("cvmfs.replica.collection.size", "By", "Stored bytes of objects removed by garbage collections.");

    public static void End(CollectionReport report)
    {
        if (report.DryRun) return;
        var repository = KeyValuePair.Create("repository", (object?)report.Repository);
        var outcome = KeyValuePair.Create("outcome", (object?)System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(report.Outcome.ToString()));
        Runs.Add(1, repository, outcome);
        Duration.Record(report.Duration.TotalSeconds, repository, outcome);
        if (report.LockedDuration > TimeSpan.Zero) Locked.Record(report.LockedDuration.TotalSeconds, repository);
        if (report.ObjectsRemoved > 0) Objects.Add(report.ObjectsRemoved, repository);
        if (report.BytesCondemned > 0) Bytes.Add(report.BytesCondemned, repository);
    }
}
