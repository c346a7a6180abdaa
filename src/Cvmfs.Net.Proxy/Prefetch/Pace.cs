namespace Cvmfs.Net.Proxy.Prefetch;

/// <summary>Holds one sequence of fetches to an average of bytes a second. For one caller at a time.</summary>
internal sealed class Pace(long bytesPerSecond, TimeProvider clock)
{
    private readonly long _started = clock.GetTimestamp();
    private long _spent;

    /// <summary>Waits until bytes that were fetched are paid for by time that has passed.</summary>
    public async ValueTask SpendAsync(long bytes, CancellationToken cancellationToken)
    {
        _spent += bytes;
        var due = TimeSpan.FromSeconds((double)_spent / bytesPerSecond) - clock.GetElapsedTime(_started);
        if (due > TimeSpan.Zero) await Task.Delay(due, clock, cancellationToken).ConfigureAwait(false);
    }
}
