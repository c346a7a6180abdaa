using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>What a running scrub has seen. Thread-safe.</summary>
internal sealed class ScrubCounters(int maxAlerts, Action<ScrubAlert>? onAlert)
{
    private readonly Lock _gate = new();
    private readonly List<ScrubAlert> _alerts = [];
    private readonly List<ObjectKey> _damaged = [];
    private long _files;
    private long _bytes;
    private long _alertCount;

    public long Files => Interlocked.Read(ref _files);

    public long Bytes => Interlocked.Read(ref _bytes);

    public long AlertCount
    {
        get { lock (_gate) return _alertCount; }
    }

    public IReadOnlyList<ScrubAlert> Alerts
    {
        get { lock (_gate) return [.. _alerts]; }
    }

    /// <summary>Objects whose bytes are wrong, each once.</summary>
    public IReadOnlyList<ObjectKey> Damaged
    {
        get { lock (_gate) return [.. _damaged]; }
    }

    public void Hashed(long bytes)
    {
        Interlocked.Increment(ref _files);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void Raise(ScrubAlert alert, ObjectKey? damaged = null)
    {
        lock (_gate)
        {
            _alertCount++;
            if (_alerts.Count < maxAlerts) _alerts.Add(alert);
            if (damaged is { } key) _damaged.Add(key);
            onAlert?.Invoke(alert);
        }
    }
}
