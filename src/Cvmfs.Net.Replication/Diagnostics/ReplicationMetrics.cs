using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Cvmfs.Net.Replication.Diagnostics;

/// <summary>Instruments of the meter "Cvmfs.Net.Replication". Single transfers are timed by the core's transfer metrics.</summary>
/// <remarks>Gauges have a value per repository from its first run in this process on; what is not known has none.</remarks>
internal static class ReplicationMetrics
{
    private static readonly Meter Meter = new("Cvmfs.Net.Replication");

    private static readonly ConcurrentDictionary<string, ReplicaState> States = new();

    /// <summary>From a second to a day: runs with nothing new take none, first copies days.</summary>
    private static readonly double[] RunSeconds = [1, 3, 10, 30, 60, 180, 600, 1800, 3600, 10_800, 28_800, 86_400];

    private static readonly Counter<long> Snapshots =
        Meter.CreateCounter<long>("cvmfs.replica.snapshots", "{snapshot}", "Snapshot runs, by outcome.");

    private static readonly Histogram<double> Duration =
        Meter.CreateHistogram(
            "cvmfs.replica.snapshot.duration", "s", "Duration of snapshot runs, by outcome.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = RunSeconds });

    private static readonly Histogram<double> LockWait =
        Meter.CreateHistogram<double>("cvmfs.replica.lock.wait", "s", "Time that runs waited for another one.");

    private static readonly Counter<long> Objects =
        Meter.CreateCounter<long>("cvmfs.replica.objects.fetched", "{object}", "Objects and catalogs that runs dealt with, by kind and outcome.");

    private static readonly Counter<long> Bytes =
        Meter.CreateCounter<long>("cvmfs.replica.fetched", "By", "Stored bytes brought by runs.");

    private static readonly Counter<long> Repetitions =
        Meter.CreateCounter<long>("cvmfs.replica.repetitions", "{request}", "Requests repeated, by what made it necessary.");

    private static readonly Counter<long> Refusals =
        Meter.CreateCounter<long>("cvmfs.replica.publish.refused", "{snapshot}", "Revisions that were not published, by reason.");

    private static readonly Counter<long> Hints =
        Meter.CreateCounter<long>("cvmfs.replica.hints", "{hint}", "Hints of a new revision, by whether the repository is followed.");

    private static readonly UpDownCounter<long> Running =
        Meter.CreateUpDownCounter<long>("cvmfs.replica.snapshot.running", "{snapshot}", "Runs going on.");

    static ReplicationMetrics()
    {
        Gauge("revision", "{revision}", "Revision served.", state => state.Revision);
        Gauge("upstream.revision", "{revision}", "Newest revision seen upstream.", state => state.UpstreamRevision);
        Gauge("upstream.up", null, "Whether the last run reached its upstream.", state => state.UpstreamUp);
        Gauge("lag", "s", "Time since a newer revision was first seen.", state => state.Lag(TimeProvider.System.GetUtcNow()));
        Gauge("snapshot.started.timestamp", "s", "When the last run began, Unix time.", state => state.StartedAt);
        Gauge("snapshot.last_success.timestamp", "s", "When a run last succeeded, Unix time.", state => state.SucceededAt);
        Gauge("snapshot.last_failure.timestamp", "s", "When a run last failed, Unix time.", state => state.FailedAt);
        Gauge("snapshot.last_progress.timestamp", "s", "When a run last stored something, Unix time.", state => state.ProgressedAt);
        Gauge("snapshot.consecutive_failures", "{snapshot}", "Failed runs since the last that succeeded.", state => state.FailuresInARow);
        Gauge("whitelist.expiry.timestamp", "s", "End of the whitelist's validity, Unix time.", state => state.WhitelistExpiresAt);
        Meter.CreateObservableGauge("cvmfs.replica.snapshot.pending_objects", ObservePending, "{object}", "Known to be needed and not dealt with, by kind.");
    }

    public static void Begin(string repository, DateTimeOffset now, Func<SnapshotProgress> progress)
    {
        Running.Add(1, Repository(repository));
        StateOf(repository).Begin(now, progress);
    }

    public static void Progress(string repository, SnapshotProgress progress, DateTimeOffset now) => StateOf(repository).Look(progress, now);

    public static void End(string repository, SnapshotReport? report, DateTimeOffset now)
    {
        Running.Add(-1, Repository(repository));
        StateOf(repository).End(report, now);
        if (report is null) return; // cancelled
        var tag = Repository(repository);
        var outcome = KeyValuePair.Create("outcome", (object?)Name(report.Outcome));
        Snapshots.Add(1, tag, outcome);
        Duration.Record(report.Duration.TotalSeconds, tag, outcome);
        LockWait.Record(report.LockWaitDuration.TotalSeconds, tag);
        Bytes.Add(report.BytesFetched, tag);
        Count(tag, "file", "new", report.ObjectsFetched);
        Count(tag, "file", "present", report.ObjectsKnown);
        Count(tag, "catalog", "new", report.CatalogsFetched);
        Count(tag, "catalog", "present", report.CatalogsKnown);
        foreach (var (reason, count) in report.FailuresByReason) Count(tag, "any", Name(reason), count);
        foreach (var (fault, count) in report.Repetitions) Repetitions.Add(count, tag, KeyValuePair.Create("cause", (object?)SnakeCase(fault.ToString())));
        if (RefusalOf(report.Outcome) is { } refusal) Refusals.Add(1, tag, KeyValuePair.Create("reason", (object?)refusal));
    }

    public static void Hint(string repository, bool isKnown)
    {
        // Names come from outside: only those that are followed become a tag, or anybody could make as many series as there are names.
        if (isKnown) Hints.Add(1, Repository(repository), KeyValuePair.Create("outcome", (object?)"accepted"));
        else Hints.Add(1, KeyValuePair.Create("outcome", (object?)"unknown"));
    }

    private static ReplicaState StateOf(string repository) => States.GetOrAdd(repository, static _ => new ReplicaState());

    private static void Gauge(string name, string? unit, string description, Func<ReplicaState, double?> value) => Meter.CreateObservableGauge(
        "cvmfs.replica." + name,
        () => States.Select(state => (state.Key, Value: value(state.Value))).Where(state => state.Value is not null)
            .Select(state => new Measurement<double>(state.Value!.Value, Repository(state.Key))),
        unit,
        description);

    private static IEnumerable<Measurement<double>> ObservePending()
    {
        foreach (var (repository, state) in States)
        {
            if (state.Pending is not { } pending) continue;
            yield return new(pending.Catalogs, Repository(repository), KeyValuePair.Create("object.kind", (object?)"catalog"));
            yield return new(pending.Objects, Repository(repository), KeyValuePair.Create("object.kind", (object?)"file"));
        }
    }

    private static void Count(KeyValuePair<string, object?> repository, string kind, string outcome, long count)
    {
        if (count > 0) Objects.Add(count, repository, KeyValuePair.Create("object.kind", (object?)kind), KeyValuePair.Create("outcome", (object?)outcome));
    }

    private static KeyValuePair<string, object?> Repository(string repository) => KeyValuePair.Create("repository", (object?)repository);

    private static string? RefusalOf(SnapshotOutcome outcome) => outcome switch
    {
        SnapshotOutcome.Untrusted => "signature",
        SnapshotOutcome.RollbackRefused => "rollback",
        SnapshotOutcome.Incomplete => "incomplete",
        _ => null,
    };

    private static string Name(TransferFailureReason reason) => reason switch
    {
        TransferFailureReason.Missing => "missing_upstream",
        TransferFailureReason.Corrupt => "corrupt",
        _ => "failed",
    };

    private static string Name(SnapshotOutcome outcome) => outcome switch
    {
        SnapshotOutcome.UpstreamUnreachable => "unreachable",
        SnapshotOutcome.RollbackRefused => "rollback",
        _ => SnakeCase(outcome.ToString()),
    };

    private static string SnakeCase(string name) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
