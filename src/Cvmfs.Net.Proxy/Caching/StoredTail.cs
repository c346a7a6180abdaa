using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Proxy.Caching;

/// <summary>A reader's own view of the stored object, opened when the shared window has gone past it. The reader disposes it.</summary>
internal sealed class StoredTail : IAsyncDisposable
{
    private readonly byte[] _buffer = new byte[64 << 10];
    private Stream? _stream;

    /// <summary>Reads on from an offset; the bytes are valid until the next call.</summary>
    public async ValueTask<TransferRead> ReadAsync(ProxyCache cache, ObjectKey key, long offset, CancellationToken cancellationToken)
    {
        if (_stream is null)
        {
            _stream = await cache.OpenAsync(key, cancellationToken).ConfigureAwait(false);
            if (_stream is null) return new(default, TransferState.Broken); // evicted in between
            _stream.Position = offset;
        }

        int read = await _stream.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false);
        return read == 0 ? new(default, TransferState.Complete) : new(_buffer.AsMemory(0, read), TransferState.More);
    }

    public ValueTask DisposeAsync() => _stream?.DisposeAsync() ?? ValueTask.CompletedTask;
}
