using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Proxy.Caching;

/// <summary>Writes an object into the cache, and goes on without it when the store fails: a full disk must not fail a request.</summary>
internal sealed class CacheWriter(ProxyCache cache, ObjectKey key) : IAsyncDisposable
{
    private ObjectWriter? _writer;
    private bool _keeps = true;

    /// <summary>Adds bytes. After a failure of the store the object is hashed anew from the window, as far as it still begins at 0.</summary>
    /// <exception cref="IOException">The store failed and the beginning is gone: the object can no longer be checked.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, TransferWindow window, CancellationToken cancellationToken)
    {
        try
        {
            _writer ??= await cache.BeginWriteAsync(key, cancellationToken).ConfigureAwait(false);
            await _writer.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (_keeps && failure is IOException or UnauthorizedAccessException && window.Start == 0)
        {
            cache.ReportStoreFailure(failure);
            await DisposeAsync().ConfigureAwait(false);
            _keeps = false;
            _writer = new DiscardingWriter(key.Hash.Algorithm, key.Suffix);
            foreach (var piece in window.Pieces) await _writer.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Checks the hash and makes the object visible. False when it was right but could not be kept.</summary>
    /// <exception cref="ObjectIntegrityException">The bytes are not the object.</exception>
    public async ValueTask<bool> CommitAsync(string origin, CancellationToken cancellationToken)
    {
        _writer ??= new DiscardingWriter(key.Hash.Algorithm, key.Suffix); // no byte came: an empty object may be right
        long length = _writer.Length;
        try
        {
            var staged = await _writer.CompleteAsync(key, origin, cancellationToken).ConfigureAwait(false);
            await using var ownedStaged = staged.ConfigureAwait(false);
            if (!_keeps || length == 0) return false;
            await staged.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The hash was compared before anything else: the bytes are right, only keeping them failed.
            cache.ReportStoreFailure(failure);
            return false;
        }

        await cache.AddedAsync(key, length, cancellationToken).ConfigureAwait(false);
        return true;
    }

    public ValueTask DisposeAsync() => _writer?.DisposeAsync() ?? ValueTask.CompletedTask;
}
