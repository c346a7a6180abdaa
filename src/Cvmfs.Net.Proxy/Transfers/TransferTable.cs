// Transfers/ brings objects here, each once, for however many clients.
//
//   client ─┐                   ┌─ ObjectCache: a file that had to be opened first
//   client ─┼─► TransferTable ─► SharedTransfer ◄─ TransferFetch ◄─ upstreams, one attempt after the other
//   client ─┘   one per hash    └─ Spool: one array, or a file of the store ─► every reader at its own pace
//
// Must stay true
//   - One fetch per hash at a time, whatever server, repository or kind was named: the name proves the bytes.
//   - A failure is that of the server and path which were asked: who joined by another name asks for itself then.
//   - No reader decides about the fetch of the others: it runs at the server's speed, and its first reader may leave.
//   - The last bytes are shown when the hash of all of them has matched. What is not the object is never kept and never ends normally.
//   - An object is in the cache, where it can be kept, before its transfer leaves the table: nobody falls in between.
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Transfers;

/// <summary>Finds the running transfer of an object or begins one. Safe for concurrent use.</summary>
internal sealed class TransferTable(TransferServices services) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ContentHash, SharedTransfer> _running = [];
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _fetches;
    private bool _isClosing;

    /// <summary>Fetches that run.</summary>
    public int Count
    {
        get { lock (_gate) return _fetches; }
    }

    /// <summary>Readers of running fetches beyond the one that each would be there for anyway.</summary>
    public int Joined
    {
        get { lock (_gate) return _running.Values.Sum(static transfer => Math.Max(0, transfer.Readers - 1)); }
    }

    /// <summary>Joins the transfer of an object if one runs. The reader leaves it when it is done.</summary>
    /// <param name="hash">The object.</param>
    /// <param name="watcher">The reader.</param>
    /// <returns>Null when there is none that could be joined.</returns>
    public SharedTransfer? Join(ContentHash hash, TransferWatcher watcher)
    {
        lock (_gate) return _running.TryGetValue(hash, out var running) && running.TryJoin(watcher, out _) ? running : null;
    }

    /// <summary>Joins the transfer of an object, or begins it. The reader leaves it when it is done.</summary>
    /// <param name="request">A request for an object.</param>
    /// <param name="isSuspicious">Whether the client has seen bad bytes: what is stored is checked first.</param>
    /// <param name="watcher">The reader.</param>
    /// <param name="isFirst">Whether this call began it.</param>
    /// <returns>Null when too many read it already, or the proxy closes.</returns>
    public SharedTransfer? Join(ProxyRequest request, bool isSuspicious, TransferWatcher watcher, out bool isFirst)
    {
        isFirst = false;
        var key = request.Key!.Value;
        SharedTransfer begun;
        lock (_gate)
        {
            if (_running.TryGetValue(key.Hash, out var running))
            {
                if (running.TryJoin(watcher, out bool isCrowded)) return running;
                if (isCrowded) return null;
            }

            if (_isClosing) return null;
            begun = new SharedTransfer(key, request, isSuspicious);
            begun.TryJoin(watcher, out _);
            _running[key.Hash] = begun;
            _fetches++;
        }

        isFirst = true;
        ThreadPool.UnsafeQueueUserWorkItem(new TransferFetch(begun, services, this), preferLocal: false);
        return begun;
    }

    /// <summary>Ends the fetches that run.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isClosing = true;
            foreach (var transfer in _running.Values) transfer.Cancel();
            if (_fetches == 0) _empty.TrySetResult();
        }

        await _empty.Task.ConfigureAwait(false);
    }

    /// <summary>Takes a transfer out: from now on its object is found in the cache, or fetched anew.</summary>
    internal void Remove(SharedTransfer transfer)
    {
        lock (_gate)
        {
            if (_running.TryGetValue(transfer.Key.Hash, out var current) && current == transfer) _running.Remove(transfer.Key.Hash);
        }
    }

    /// <summary>Takes note that a fetch has ended.</summary>
    internal void Ended()
    {
        lock (_gate)
        {
            if (--_fetches == 0 && _isClosing) _empty.TrySetResult();
        }
    }
}
