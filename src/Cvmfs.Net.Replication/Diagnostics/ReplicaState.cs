namespace Cvmfs.Net.Replication.Diagnostics;

/// <summary>What the gauges say of one repository: written at the turns of a run, read when somebody collects.</summary>
internal sealed class ReplicaState
{
    private readonly Lock _gate = new();
    private SnapshotReport? _last;
    private DateTimeOffset? _startedAt;
    private DateTimeOffset? _succeededAt;
    private DateTimeOffset? _failedAt;
    private DateTimeOffset? _behindSince;
    private DateTimeOffset? _whitelistExpiresAt;
    private long _failuresInARow;
    private Func<SnapshotProgress>? _progress;
    private DateTimeOffset? _progressedAt;
    private long _lastStored = -1;

    public double? Revision => Read(() => _last?.Revision);

    public double? UpstreamRevision => Read(() => _last?.UpstreamRevision);

    public double? StartedAt => Read(() => Unix(_startedAt));

    public double? SucceededAt => Read(() => Unix(_succeededAt));

    public double? FailedAt => Read(() => Unix(_failedAt));

    public double? ProgressedAt => Read(() => Unix(_progressedAt));

    public double? WhitelistExpiresAt => Read(() => Unix(_whitelistExpiresAt));

    public double? FailuresInARow => Read(() => _failuresInARow);

    public double? UpstreamUp => Read(() => _last is null ? null : _last.Outcome == SnapshotOutcome.UpstreamUnreachable ? 0 : 1);

    /// <summary>Catalogs that wait, and objects: those of catalogs already opened.</summary>
    public (double Catalogs, double Objects)? Pending
    {
        get
        {
            lock (_gate)
            {
                if (_progress?.Invoke() is not { } now) return null;
                return (now.CatalogsWaiting, Math.Max(0, now.ReferencesKnown - now.ReferencesDone));
            }
        }
    }

    /// <summary>Seconds since a run first saw a revision that is not served here yet; 0 when there is none.</summary>
    public double? Lag(DateTimeOffset now) => Read(() => _last is null ? null : _behindSince is { } since ? Math.Max(0, (now - since).TotalSeconds) : 0);

    public void Begin(DateTimeOffset now, Func<SnapshotProgress> progress)
    {
        lock (_gate) (_startedAt, _progress, _lastStored) = (now, progress, -1);
    }

    /// <summary>Looks whether anything was stored since the last look: what tells a slow run from a stuck one.</summary>
    public void Look(SnapshotProgress progress, DateTimeOffset now)
    {
        lock (_gate)
        {
            long stored = progress.ObjectsFetched + progress.CatalogsLoaded;
            if (stored != _lastStored) (_lastStored, _progressedAt) = (stored, now);
        }
    }

    public void End(SnapshotReport? report, DateTimeOffset now)
    {
        lock (_gate)
        {
            _progress = null;
            if (report is null || report.Outcome == SnapshotOutcome.Locked) return; // cancelled, or another run's affair
            _last = report;
            _whitelistExpiresAt = report.WhitelistExpiresAt ?? _whitelistExpiresAt;
            if (report.Succeeded) (_succeededAt, _failuresInARow) = (now, 0);
            else (_failedAt, _failuresInARow) = (now, _failuresInARow + 1);
            if (report.UpstreamRevision is not { } offered) return;
            _behindSince = report.Revision >= offered ? null : _behindSince ?? report.StartedAt;
        }
    }

    private static double? Unix(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds() / 1000.0;

    private double? Read(Func<double?> value)
    {
        lock (_gate) return value();
    }
}
