namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Ends a body that went silent. One timer for all reads of it, armed during a read only.</summary>
internal sealed class StallWatch : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _caller;
    private readonly CancellationToken _callerToken;

    public StallWatch(TimeSpan limit, TimeProvider clock, CancellationToken caller)
    {
        _limit = limit;
        _callerToken = caller;
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        _caller = caller.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    /// <exception cref="TimeoutException">Nothing came within the limit.</exception>
    public async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer)
    {
        _source.CancelAfter(_limit);
        try
        {
            int read = await body.ReadAsync(buffer, _source.Token).ConfigureAwait(false);
            _source.CancelAfter(Timeout.InfiniteTimeSpan); // what is done with the bytes may take its time
            return read;
        }
        catch (OperationCanceledException) when (!_callerToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no byte for {_limit.TotalSeconds:0.#} s.");
        }
    }

    public void Dispose()
    {
        _caller.Dispose();
        _source.Dispose();
    }
}
