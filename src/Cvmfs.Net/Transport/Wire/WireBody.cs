namespace Cvmfs.Net.Transport.Wire;

/// <summary>A body on its way, of an announced length or up to the end of the connection. Its connection waits until it is read or dropped.</summary>
internal class WireBody(WireConnection connection, string url, long? length) : BodyStream
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when nobody will read on.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Whether the last byte was received.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Bytes of the body received so far.</summary>
    public long Received { get; private set; }

    protected WireConnection Connection => connection;

    protected string Url => url;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (IsAtEnd || buffer.Length == 0) return 0;
        try
        {
            int read = await ReadCoreAsync(buffer, cancellationToken).ConfigureAwait(false);
            Received += read;
            if (read == 0 || Received == length) End(isAtEnd: true);
            return read;
        }
        catch (Exception e) when (e is CvmfsTransportException or OperationCanceledException)
        {
            connection.Dispose();
            End(isAtEnd: false);
            throw;
        }
    }

    /// <summary>Receives the rest and forgets it, where that costs less than a new connection. For the connection's loop, after <see cref="Ended"/>.</summary>
    /// <returns>False if the rest is longer, or not known.</returns>
    public async ValueTask<bool> TrySkipRestAsync(int most)
    {
        if (length is not { } all || all - Received > most) return false;
        byte[] buffer = new byte[(int)(all - Received)];
        while (Received < all)
        {
            int read = await connection.ReadBodyAsync(buffer.AsMemory(0, (int)(all - Received)), url, CancellationToken.None).ConfigureAwait(false);
            if (read == 0) return false;
            Received += read;
        }

        return true;
    }

    protected virtual async ValueTask<int> ReadCoreAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (length is { } all && buffer.Length > all - Received) buffer = buffer[..(int)(all - Received)];
        int read = await connection.ReadBodyAsync(buffer, url, cancellationToken).ConfigureAwait(false);
        return read > 0 || length is null ? read : throw HttpFaults.Short(url, Received, length.Value);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) End(IsAtEnd);
        base.Dispose(disposing);
    }

    private void End(bool isAtEnd)
    {
        IsAtEnd = isAtEnd;
        _ended.TrySetResult();
    }
}
