namespace Cvmfs.Net.Transport;

/// <summary>Bounds the bytes received a second, over any number of transfers that share it. Thread-safe.</summary>
/// <remarks>Bytes are charged when they have come, for what a server sends cannot be known before; who wants more waits until the debt is paid
/// off. On average the rate holds; for an instant it may be exceeded by what is on its way.</remarks>
public sealed class ByteRateLimit
{
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(100); // unused time that is not lost; less would make short pauses costly

    private readonly TimeProvider _time;
    private readonly double _bytesPerSecond;
    private readonly Lock _gate = new();
    private readonly long _epoch;
    private TimeSpan _paidUntil = -Burst;

    /// <summary>Creates a limit.</summary>
    /// <param name="bytesPerSecond">At least 1.</param>
    /// <param name="timeProvider">The clock; the system's where null.</param>
    public ByteRateLimit(long bytesPerSecond, TimeProvider? timeProvider = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerSecond, 1);
        (_bytesPerSecond, _time) = (bytesPerSecond, timeProvider ?? TimeProvider.System);
        _epoch = _time.GetTimestamp();
    }

    /// <summary>Charges bytes that have come.</summary>
    public void Charge(long bytes)
    {
        lock (_gate)
        {
            var now = _time.GetElapsedTime(_epoch);
            if (_paidUntil < now - Burst) _paidUntil = now - Burst;
            _paidUntil += TimeSpan.FromSeconds(bytes / _bytesPerSecond);
        }
    }

    /// <summary>Waits until what was charged is paid off.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async ValueTask WaitAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            TimeSpan debt;
            lock (_gate) debt = _paidUntil - _time.GetElapsedTime(_epoch);
            if (debt <= TimeSpan.Zero) return;
            var pause = TimeSpan.FromMilliseconds(Math.Ceiling(debt.TotalMilliseconds)); // a delay below its resolution would be none
            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
        }
    }
}
