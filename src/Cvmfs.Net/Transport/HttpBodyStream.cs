namespace Cvmfs.Net.Transport;

/// <summary>A body on its way: watched for silence and creeping, counted, and never ending normally before its announced length.</summary>
internal sealed class HttpBodyStream(
    Stream content, HttpResponseMessage response, StallWatch watch, long? length, string origin, int minBytesPerSecond, SemaphoreSlim slots) : BodyStream
{
    private long _received;
    private long _windowBytes;
    private TimeSpan _windowWaited;
    private int _disposed;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<int>(cancellationToken);
        ValueTask<int> pending;
        try
        {
            pending = content.ReadAsync(buffer, watch.Token);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException)
        {
            return ValueTask.FromException<int>(HttpFaults.FromException(origin, fault));
        }

        if (!pending.IsCompletedSuccessfully) return AwaitAsync(pending, cancellationToken);
        int read = pending.Result;
        return read > 0 ? ValueTask.FromResult(Count(read)) : AwaitAsync(ValueTask.FromResult(0), cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            response.Dispose(); // the handler reads a short rest away to keep the connection; a long one costs it
            watch.Dispose();
            slots.Release();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> AwaitAsync(ValueTask<int> pending, CancellationToken cancellationToken)
    {
        int read;
        try
        {
            watch.Arm();
            long began = watch.Clock.GetTimestamp();
            using (watch.Link(cancellationToken)) read = await pending.ConfigureAwait(false);
            watch.Disarm();
            _windowWaited += watch.Clock.GetElapsedTime(began);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw HttpFaults.Stalled(origin, watch.Timeout);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException)
        {
            throw HttpFaults.FromException(origin, fault);
        }

        if (read == 0)
        {
            if (_received < length) throw Short();
            return 0;
        }

        Count(read);
        if (_windowWaited >= watch.Timeout) JudgeSpeed();
        return read;
    }

    private int Count(int read)
    {
        _received += read;
        _windowBytes += read;
        if (_received > length)
        {
            throw new CvmfsTransportException(origin, $"more than the announced {length} bytes came.", isTransient: false);
        }

        return read;
    }

    /// <summary>Only time spent waiting for the network counts: a slow disk of ours is no reason to leave a server.</summary>
    private void JudgeSpeed()
    {
        if (_windowBytes < minBytesPerSecond * _windowWaited.TotalSeconds)
        {
            throw HttpFaults.TooSlow(origin, _windowBytes, _windowWaited, minBytesPerSecond);
        }

        (_windowBytes, _windowWaited) = (0, TimeSpan.Zero);
    }

    private CvmfsTransportException Short()
        => new(origin, $"ended after {_received} of {length} bytes.", isTransient: true) { Fault = TransferFault.Short };
}
