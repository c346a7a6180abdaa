// Caching/ keeps objects on disk and root files in memory, and makes many requests for one thing into one fetch.
//
//   client ─┐                        ┌─ TransferWindow ─► clients that keep up
//   client ─┼─► RequestCoalescer ─► SharedTransfer ─► store ─► clients that fell behind, and everybody later
//   client ─┘   one per object       └─ last piece withheld until the hash matched
//
// Must stay true
//   - One fetch per object at a time, whatever host or repository was named: the name proves the bytes.
//   - No client decides about the fetch of the others: it runs at the server's speed, and its first client may leave.
//   - A body that is not the object is never committed and never ended normally.
using System.Collections.Concurrent;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Caching;

/// <summary>Finds the running fetch of an object or starts one. Safe for concurrent use.</summary>
internal sealed class RequestCoalescer(ProxyCache cache, UpstreamPool upstreams, ProxyOptions options, TimeProvider clock) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, SharedTransfer> _running = [];
    private readonly ConcurrentDictionary<Task, byte> _tasks = new();

    /// <summary>Joins the fetch of an object. The caller leaves the transfer when it is done with it.</summary>
    /// <returns>The transfer, and whether this call started it.</returns>
    public (SharedTransfer Transfer, bool IsFirst) Join(ObjectKey key, ProxyRequest request)
    {
        SharedTransfer transfer;
        lock (_lock)
        {
            if (_running.TryGetValue(key, out var running) && running.TryJoin()) return (running, false);
            transfer = new SharedTransfer(key, request, cache, upstreams, options, clock);
            transfer.TryJoin();
            _running[key] = transfer;
        }

        // Tracked, because it outlives the request that started it: closing waits for it.
        var task = RunAsync(transfer);
        _tasks.TryAdd(task, 0);
        _ = task.ContinueWith(static (done, tasks) => ((ConcurrentDictionary<Task, byte>)tasks!).TryRemove(done, out _), _tasks, TaskScheduler.Default);
        return (transfer, true);
    }

    /// <summary>Waits for the fetches that run.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_tasks.Keys).ConfigureAwait(false);

    private async Task RunAsync(SharedTransfer transfer)
    {
        await Task.Yield(); // the request that started it must not do its work
        try
        {
            await transfer.RunAsync().ConfigureAwait(false);
        }
        catch (Exception unexpected) when (unexpected is IOException or UnauthorizedAccessException)
        {
            cache.ReportStoreFailure(unexpected); // the clients were told by the transfer itself
        }
        finally
        {
            lock (_lock)
            {
                if (_running.TryGetValue(transfer.Key, out var current) && current == transfer) _running.Remove(transfer.Key);
            }

            await transfer.DisposeAsync().ConfigureAwait(false);
        }
    }
}
