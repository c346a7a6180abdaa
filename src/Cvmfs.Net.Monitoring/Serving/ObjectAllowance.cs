namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>How many bytes of a server's objects may be fetched now: so many an hour, spent on a look every few minutes. Thread-safe.</summary>
/// <remarks>Two looks that begin together may spend the same bytes; the second one is paid for before the next begins.</remarks>
internal sealed class ObjectAllowance(long bytesPerHour, TimeSpan interval, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private double _left = bytesPerHour;
    private long _at = clock.GetTimestamp();
    private long? _lookedAt;

    /// <summary>Bytes for a look that begins now; 0 for presence only.</summary>
    /// <param name="isUrgent">Whether something has changed, so that the interval does not matter.</param>
    public long Begin(bool isUrgent)
    {
        lock (_gate)
        {
            Refill();
            if (!isUrgent && _lookedAt is { } last && clock.GetElapsedTime(last) < interval) return 0;
            if (_left < 1) return 0;
            _lookedAt = _at;
            return (long)_left;
        }
    }

    /// <summary>Bytes for somebody who asks now; leaves the rhythm of the other looks as it is.</summary>
    public long BeginAside()
    {
        lock (_gate)
        {
            Refill();
            return (long)Math.Max(0, _left);
        }
    }

    /// <summary>Writes down what a look has cost.</summary>
    public void Spend(long bytes)
    {
        lock (_gate) _left -= bytes;
    }

    private void Refill()
    {
        double hours = clock.GetElapsedTime(_at).TotalHours;
        _at = clock.GetTimestamp();
        _left = Math.Min(bytesPerHour, _left + (hours * bytesPerHour));
    }
}
