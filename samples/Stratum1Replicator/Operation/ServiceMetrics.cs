using System.Diagnostics.Metrics;
using System.Reflection;
using Cvmfs.Net.Replication.Checking;
using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Replication.Scrubbing;

namespace Stratum1Replicator.Operation;

/// <summary>What the service measures besides what the libraries do. Lives as long as it is to be heard.</summary>
internal sealed class ServiceMetrics : IDisposable
{
    /// <summary>Name of the meters.</summary>
    public const string MeterName = "Cvmfs.Net.Stratum1";

    private static readonly Meter Counting = new(MeterName);

    private static readonly InstrumentAdvice<double> TaskSeconds = new() { HistogramBucketBoundaries = [1, 10, 60, 600, 3600, 10_800, 28_800, 86_400] };

    private static readonly Histogram<double> CollectionDuration = Counting.CreateHistogram(
        "cvmfs.replica.gc.duration", "s", "Duration of garbage collections, by outcome.", null, TaskSeconds);

    private static readonly Counter<long> CollectedObjects = Counting.CreateCounter<long>("cvmfs.replica.gc.removed_objects", "{object}", "Objects removed by garbage collection.");

    private static readonly Counter<long> CollectedBytes = Counting.CreateCounter<long>("cvmfs.replica.gc.removed", "By", "Stored bytes removed by garbage collection.");

    private static readonly Histogram<double> CheckDuration = Counting.CreateHistogram(
        "cvmfs.replica.check.duration", "s", "Duration of checks, by outcome.", null, TaskSeconds);

    private static readonly Counter<long> CheckedObjects = Counting.CreateCounter<long>(
        "cvmfs.replica.check.objects", "{object}", "Objects that checks and scrubs looked at, by outcome.");

    private readonly Meter _meter = new(MeterName);
    private readonly ReplicaHost _host;
    private readonly TimeProvider _time;

    public ServiceMetrics(ReplicaHost host, DiskWatch disks, TimeProvider time)
    {
        (_host, _time) = (host, time);
        string version = typeof(ReplicaHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
        _meter.CreateObservableGauge("cvmfs.replica.build_info", () => new Measurement<int>(1, Tag("version", version)), null, "What runs here.");
        _meter.CreateObservableGauge("cvmfs.replica.storage.capacity", () => disks.Volumes.Select(volume => new Measurement<long>(volume.CapacityBytes, Tag("volume", volume.Path))), "By", "Size of the file system.");
        _meter.CreateObservableGauge("cvmfs.replica.storage.free", () => disks.Volumes.Select(volume => new Measurement<long>(volume.FreeBytes, Tag("volume", volume.Path))), "By", "Free on the file system.");
        Gauge("served_revision", null, "Revision in the served manifest.", replica => replica.Facts.Manifest?.Revision);
        Gauge("lag.revisions", null, "Revisions between the newest seen upstream and the one served.", LagInRevisions);
        Gauge("whitelist.left", "s", "Time until the served whitelist expires; negative afterwards.", replica => replica.Facts.WhitelistExpiresAt is { } expiry ? (expiry - Now).TotalSeconds : null);
        Gauge("snapshot.age", "s", "Time since the last successful snapshot.", replica => Age(replica.Facts.LastSnapshot));
        Gauge("gc.last_success.timestamp", "s", "When garbage was last collected, Unix time.", replica => Unix(replica.Facts.LastCollection));
        Gauge("gc.age", "s", "Time since garbage was last collected.", replica => Age(replica.Facts.LastCollection));
        Gauge("check.last.timestamp", "s", "When it was last checked, whatever came of it, Unix time.", replica => Unix(replica.Facts.LastCheck));
        Gauge("check.age", "s", "Time since the last check.", replica => Age(replica.Facts.LastCheck));
        Gauge("check.success", null, "Whether the last check found nothing that is still wrong.", replica => replica.Facts.CheckSucceeded is { } succeeded ? succeeded ? 1 : 0 : null);
        Gauge("maintenance.running", null, "Whether garbage collection, check or scrub is going on.", replica => replica.Activity.Look().Maintenance is null ? 0 : 1);
        Gauge("last_error.timestamp", "s", "When something last failed, Unix time.", replica => replica.Activity.Look().Errors is [var newest, ..] ? Unix(newest.At) : null);
        Gauge("health", null, "0 well, 1 warning, 2 failed.", replica => (int)HealthEvaluation.LevelOf(HealthEvaluation.Of(replica, Now)));
        Live("transferred_objects", "{object}", "Objects and catalogs brought, those of runs going on included.", moment => moment.ObjectsFetched + (moment.Progress is { } now ? now.ObjectsFetched + now.CatalogsLoaded : 0));
        Live("transferred", "By", "Stored bytes brought, those of runs going on included.", moment => moment.BytesFetched + (moment.Progress?.BytesFetched ?? 0));
    }

    private DateTimeOffset Now => _time.GetUtcNow();

    public static void Collected(string repository, CollectionReport report)
    {
        var tag = Tag("repository", repository);
        CollectionDuration.Record(report.Duration.TotalSeconds, tag, Outcome(report.Outcome));
        CollectedObjects.Add(report.ObjectsRemoved, tag);
        CollectedBytes.Add(report.BytesCondemned, tag);
    }

    public static void Checked(string repository, CheckReport report)
    {
        var tag = Tag("repository", repository);
        CheckDuration.Record(report.Duration.TotalSeconds, tag, Outcome(report.Outcome));
        CheckedObjects.Add(report.MissingObjects, tag, Tag("outcome", "missing"));
        CheckedObjects.Add(report.Repaired.Count, tag, Tag("outcome", "repaired"));
    }

    public static void Scrubbed(string repository, ScrubReport report)
    {
        var tag = Tag("repository", repository);
        CheckedObjects.Add(Math.Max(0, report.Files - report.AlertCount), tag, Tag("outcome", "ok"));
        CheckedObjects.Add(report.AlertCount, tag, Tag("outcome", "corrupt"));
        CheckedObjects.Add(report.Repaired.Count, tag, Tag("outcome", "repaired"));
    }

    public void Dispose() => _meter.Dispose();

    private static double? LagInRevisions(HostedReplica replica)
    {
        if (replica.Activity.Look().UpstreamRevision is not { } upstream) return null;
        ulong served = replica.Facts.Manifest?.Revision ?? 0;
        return upstream > served ? upstream - served : 0;
    }

    private static double? Unix(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds() / 1000.0;

    private static KeyValuePair<string, object?> Tag(string key, string value) => KeyValuePair.Create(key, (object?)value);

    private static KeyValuePair<string, object?> Outcome<T>(T outcome) where T : struct, Enum
        => Tag("outcome", System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.ToString()));

    private double? Age(DateTimeOffset? time) => time is { } then ? Math.Max(0, (Now - then).TotalSeconds) : null;

    private void Gauge(string name, string? unit, string description, Func<HostedReplica, double?> value) => _meter.CreateObservableGauge(
        "cvmfs.replica." + name,
        () => _host.Replicas.Select(replica => (replica.Name, Value: value(replica))).Where(measured => measured.Value is not null)
            .Select(measured => new Measurement<double>(measured.Value!.Value, Tag("repository", measured.Name))),
        unit,
        description);

    private void Live(string name, string unit, string description, Func<ActivityMoment, long> value) => _meter.CreateObservableCounter(
        "cvmfs.replica." + name,
        () => _host.Replicas.Select(replica => new Measurement<long>(value(replica.Activity.Look()), Tag("repository", replica.Name))),
        unit,
        description);
}
