namespace Cvmfs.Net.Transport;

/// <summary>Ends one transfer after too long a silence. One source for the whole transfer, its timer set anew for each wait.</summary>
internal sealed class StallWatch(TimeSpan timeout, TimeProvider clock) : IDisposable
{
    private readonly CancellationTokenSource _source = new(System.Threading.Timeout.InfiniteTimeSpan, clock);

    public TimeSpan Timeout { get; } = timeout;

    public TimeProvider Clock { get; } = clock;

    /// <summary>Cancelled by silence, and by the caller for as long as a <see cref="Link"/> lives.</summary>
    public CancellationToken Token => _source.Token;

    public bool HasFired => _source.IsCancellationRequested;

    public void Arm() => _source.CancelAfter(Timeout);

    public void Disarm() => _source.CancelAfter(System.Threading.Timeout.InfiniteTimeSpan);

    /// <summary>Lets a caller's token end the transfer, too.</summary>
    public CancellationTokenRegistration Link(CancellationToken cancellationToken)
        => cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);

    public void Dispose() => _source.Dispose();
}
