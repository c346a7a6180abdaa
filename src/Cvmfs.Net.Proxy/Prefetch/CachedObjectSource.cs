using Cvmfs.Net.Hashing;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Proxy.Transfers;

namespace Cvmfs.Net.Proxy.Prefetch;

/// <summary>The proxy's own cache, filled through the same transfers as for clients: nothing is fetched twice.</summary>
internal sealed class CachedObjectSource(ObjectCache cache, TransferTable transfers) : ObjectSource
{
    /// <inheritdoc/>
    public override async ValueTask<bool> HasAsync(ContentHash hash, CancellationToken cancellationToken)
    {
        using var found = await cache.FindAsync(hash, cancellationToken).ConfigureAwait(false) ?? default;
        return found.Bytes is not null || found.File is not null;
    }

    /// <inheritdoc/>
    public override async ValueTask<long?> BringAsync(ProxyRequest request, CancellationToken cancellationToken)
    {
        if (await HasAsync(request.Key!.Value.Hash, cancellationToken).ConfigureAwait(false)) return 0;
        var watcher = new AwaitingWatcher();
        if (transfers.Join(request, isSuspicious: false, watcher, out _) is not { } transfer) return null;
        try
        {
            while (true)
            {
                var piece = await watcher.NextAsync(transfer, cancellationToken).ConfigureAwait(false);
                watcher.Position += piece.Length;
                if (piece.State == TransferState.Complete) return watcher.Position;
                if (piece.State != TransferState.More) return null;
            }
        }
        finally
        {
            transfer.Leave(watcher);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<byte[]?> ReadAsync(ContentHash hash, int maxBytes, CancellationToken cancellationToken)
    {
        using var found = await cache.FindAsync(hash, cancellationToken).ConfigureAwait(false) ?? default;
        if (found.Length > maxBytes) return null;
        if (found.Bytes is { } bytes) return bytes;
        if (found.File is not { } file) return null;
        byte[] content = new byte[found.Length];
        int filled = 0;
        for (int read; filled < content.Length && (read = await RandomAccess.ReadAsync(file.Handle, content.AsMemory(filled), found.Offset + filled, cancellationToken).ConfigureAwait(false)) > 0;) filled += read;
        return filled == content.Length ? content : null;
    }
}
