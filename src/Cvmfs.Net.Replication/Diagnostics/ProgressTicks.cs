namespace Cvmfs.Net.Replication.Diagnostics;

/// <summary>Does something four times a second, from the first quarter on, until disposed.</summary>
internal sealed class ProgressTicks(Action tick, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly ITimer _timer = time.CreateTimer(_ => tick(), null, Interval, Interval);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
