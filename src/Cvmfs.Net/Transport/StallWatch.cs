namespace Cvmfs.Net.Transport;

/// <summary>Ends one transfer after too long a silence. One timer for the whole transfer, set anew for each wait.</summary>
internal sealed class StallWatch : IDisposable
{
    private readonly CancellationTokenSource _source = new();

    // Not the token source's own timer: where that is armed late it runs on the system's clock, whatever clock the source was given.
    private readonly ITimer _timer;

    public StallWatch(TimeSpan timeout, TimeProvider clock)
    {
        (Timeout, Clock) = (timeout, clock);
        _timer = clock.CreateTimer(
            static watch => ((StallWatch)watch!).Fire(), this, System.Threading.Timeout.InfiniteTimeSpan, System.Threading.Timeout.InfiniteTimeSpan);
    }

    public TimeSpan Timeout { get; }

    public TimeProvider Clock { get; }

    /// <summary>Cancelled by silence, and by the caller for as long as a <see cref="Link"/> lives.</summary>
    public CancellationToken Token => _source.Token;

    public bool HasFired => _source.IsCancellationRequested;

    public void Arm() => _timer.Change(Timeout, System.Threading.Timeout.InfiniteTimeSpan);

    public void Disarm() => _timer.Change(System.Threading.Timeout.InfiniteTimeSpan, System.Threading.Timeout.InfiniteTimeSpan);

    /// <summary>Lets a caller's token end the transfer, too.</summary>
    public CancellationTokenRegistration Link(CancellationToken cancellationToken)
        => cancellationToken.UnsafeRegister(static watch => ((StallWatch)watch!).Fire(), this);

    // The token source is not disposed: it holds nothing without a timer, and the timer may just be firing.
    public void Dispose() => _timer.Dispose();

    private void Fire() => _source.Cancel();
}
