using Cvmfs.Net.Replication;
using Cvmfs.Net.Replication.Scheduling;

namespace Stratum1Replicator.Operation;

/// <summary>What this process does with a replica and how it went. Thread-safe; <see cref="Look"/> gives a picture of one instant.</summary>
internal sealed class ReplicaActivity
{
    private const int KeptErrors = 10;

    private readonly Lock _gate = new();
    private readonly List<ActivityError> _errors = [];
    private readonly Dictionary<MaintenanceKind, MaintenanceEnd> _ends = [];
    private ActivityMoment _moment = new();

    /// <summary>A snapshot begins.</summary>
    /// <returns>Hears how far it is.</returns>
    public IProgress<SnapshotProgress> BeginSnapshot(DateTimeOffset now)
    {
        lock (_gate) _moment = _moment with { SnapshotSince = now, Progress = null };
        return new Listener<SnapshotProgress>(progress =>
        {
            lock (_gate)
            {
                if (_moment.SnapshotSince is not null) _moment = _moment with { Progress = progress };
            }
        });
    }

    public void EndSnapshot(SnapshotReport report, DateTimeOffset now)
    {
        lock (_gate)
        {
            bool isOthers = report.Outcome == SnapshotOutcome.Locked; // says nothing about upstream and storage
            _moment = _moment with
            {
                SnapshotSince = null,
                Progress = null,
                LastSnapshot = report,
                LastSnapshotAt = now,
                FailuresInARow = report.Succeeded ? 0 : isOthers ? _moment.FailuresInARow : _moment.FailuresInARow + 1,
                UpstreamRevision = report.UpstreamRevision ?? _moment.UpstreamRevision,
                BehindSince = report.UpstreamRevision is { } offered
                    ? report.Revision >= offered ? null : _moment.BehindSince ?? report.StartedAt
                    : _moment.BehindSince,
                // Never less than was said while the run went on: these are counters.
                ObjectsFetched = _moment.ObjectsFetched + Math.Max(report.ObjectsFetched + report.CatalogsFetched, _moment.Progress is { } seen ? seen.ObjectsFetched + seen.CatalogsLoaded : 0),
                BytesFetched = _moment.BytesFetched + Math.Max(report.BytesFetched, _moment.Progress?.BytesFetched ?? 0),
            };
            if (!report.Succeeded) Fail("snapshot", $"{report.Outcome}: {report.Message}", now);
        }
    }

    public void BeginMaintenance(MaintenanceKind kind, DateTimeOffset now)
    {
        lock (_gate) _moment = _moment with { Maintenance = kind, MaintenanceSince = now, MaintenanceProgress = null };
    }

    public void ProgressMaintenance(string text)
    {
        lock (_gate) _moment = _moment with { MaintenanceProgress = text };
    }

    /// <param name="kind">What ended.</param>
    /// <param name="result">Null if it was cancelled.</param>
    /// <param name="now">When it ended.</param>
    public void EndMaintenance(MaintenanceKind kind, MaintenanceResult? result, DateTimeOffset now)
    {
        lock (_gate)
        {
            _moment = _moment with { Maintenance = null, MaintenanceSince = null, MaintenanceProgress = null };
            if (result is null) return;
            _ends[kind] = new MaintenanceEnd(now, result);
            if (!result.Succeeded) Fail(NameOf(kind), result.Message, now);
        }
    }

    public ActivityMoment Look()
    {
        lock (_gate) return _moment with { Errors = [.. _errors], Ends = new Dictionary<MaintenanceKind, MaintenanceEnd>(_ends) };
    }

    public static string NameOf(MaintenanceKind kind) => kind switch
    {
        MaintenanceKind.Collection => "garbage collection",
        MaintenanceKind.Check => "check",
        _ => "scrub",
    };

    private void Fail(string what, string message, DateTimeOffset now)
    {
        _errors.Insert(0, new ActivityError(now, what, message));
        if (_errors.Count > KeptErrors) _errors.RemoveAt(KeptErrors);
    }

    private sealed class Listener<T>(Action<T> hear) : IProgress<T>
    {
        public void Report(T value) => hear(value);
    }
}

/// <summary>A picture of one instant.</summary>
internal sealed record ActivityMoment
{
    public DateTimeOffset? SnapshotSince { get; init; }

    public SnapshotProgress? Progress { get; init; }

    public SnapshotReport? LastSnapshot { get; init; }

    public DateTimeOffset? LastSnapshotAt { get; init; }

    public int FailuresInARow { get; init; }

    public ulong? UpstreamRevision { get; init; }

    /// <summary>Since when a newer revision is known than is served.</summary>
    public DateTimeOffset? BehindSince { get; init; }

    /// <summary>By runs that ended, catalogs included.</summary>
    public long ObjectsFetched { get; init; }

    public long BytesFetched { get; init; }

    public MaintenanceKind? Maintenance { get; init; }

    public DateTimeOffset? MaintenanceSince { get; init; }

    public string? MaintenanceProgress { get; init; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<ActivityError> Errors { get; init; } = [];

    public IReadOnlyDictionary<MaintenanceKind, MaintenanceEnd> Ends { get; init; } = new Dictionary<MaintenanceKind, MaintenanceEnd>();
}

internal sealed record ActivityError(DateTimeOffset At, string What, string Message);

internal sealed record MaintenanceEnd(DateTimeOffset At, MaintenanceResult Result);
