namespace Cvmfs.Net.Transport;

/// <summary>Ends one transfer after too long a silence. One timer for the whole transfer, set anew for each wait. For one reader at a time.</summary>
public sealed class StallWatch : IDisposable
{
    private readonly CancellationTokenSource _source = new();

    // Not the token source's own timer: where that is armed late it runs on the system's clock, whatever clock the source was given.
    private readonly ITimer _timer;

    /// <summary>Begins with no wait.</summary>
    /// <param name="timeout">Longest silence.</param>
    /// <param name="clock">Measures it.</param>
    /// <exception cref="ArgumentNullException">There is no clock.</exception>
    public StallWatch(TimeSpan timeout, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        (Timeout, Clock) = (timeout, clock);
        _timer = clock.CreateTimer(
            static watch => ((StallWatch)watch!).Fire(), this, System.Threading.Timeout.InfiniteTimeSpan, System.Threading.Timeout.InfiniteTimeSpan);
    }

    /// <summary>Longest silence.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>What measures it.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Cancelled by silence, and by the caller for as long as a <see cref="Link"/> lives.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether it has ended the transfer, for silence or because a linked caller wanted that.</summary>
    public bool HasFired => _source.IsCancellationRequested;

    /// <summary>A wait begins.</summary>
    public void Arm() => _timer.Change(Timeout, System.Threading.Timeout.InfiniteTimeSpan);

    /// <summary>It is over; what is done with the bytes may take its time.</summary>
    public void Disarm() => _timer.Change(System.Threading.Timeout.InfiniteTimeSpan, System.Threading.Timeout.InfiniteTimeSpan);

    /// <summary>Lets a caller's token end the transfer, too.</summary>
    public CancellationTokenRegistration Link(CancellationToken cancellationToken)
        => cancellationToken.UnsafeRegister(static watch => ((StallWatch)watch!).Fire(), this);

    /// <summary>Stops the timer.</summary>
    // The token source is not disposed: it holds nothing without a timer, and the timer may just be firing.
    public void Dispose() => _timer.Dispose();

    private void Fire() => _source.Cancel();
}
