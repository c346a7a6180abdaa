using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Repositories;

/// <summary>Open catalogs, shared by everything that reads a repository: one load per catalog however many wait for it, and a bounded number
/// kept open once nobody uses them.</summary>
/// <remarks>Safe for concurrent use. A lease keeps its catalog open; more than the limit are open only while more than that are leased.</remarks>
internal sealed class CatalogPool(int maxIdle) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<CatalogId, Slot> _slots = [];
    private readonly LinkedList<Slot> _idle = new(); // least recently used first
    private bool _disposed;

    /// <summary>Catalogs that are open or being loaded.</summary>
    public int Count
    {
        get { lock (_lock) return _slots.Count; }
    }

    /// <summary>Gets a catalog that is open, or loads it. The caller disposes the lease.</summary>
    /// <param name="id">Which catalog, and where it is mounted.</param>
    /// <param name="load">Loads it; runs once for all who ask at the same time, and is cancelled when the last of them gives up.</param>
    /// <param name="cancellationToken">Ends the waiting of this caller only.</param>
    public async ValueTask<CatalogLease> AcquireAsync(CatalogId id, Func<CatalogId, CancellationToken, Task<LoadedCatalog>> load, CancellationToken cancellationToken)
    {
        Slot slot;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_slots.TryGetValue(id, out slot!))
            {
                slot = new Slot(id);
                _slots.Add(id, slot);
            }

            slot.Users++;
            if (slot.Node is not null)
            {
                _idle.Remove(slot.Node);
                slot.Node = null;
            }
        }

        try
        {
            var catalog = await slot.StartOnce(load).WaitAsync(cancellationToken).ConfigureAwait(false);
            return new CatalogLease(this, slot, catalog.Catalog);
        }
        catch
        {
            Release(slot);
            throw;
        }
    }

    public void Dispose()
    {
        List<Slot> idle;
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            idle = [.. _idle];
            _idle.Clear();
            foreach (var slot in idle) _slots.Remove(slot.Id);
        }

        foreach (var slot in idle) slot.Dispose(); // leased ones close with their last lease
    }

    internal void Release(Slot slot)
    {
        List<Slot>? closing = null;
        lock (_lock)
        {
            if (--slot.Users > 0) return;
            if (!slot.IsOpen || _disposed)
            {
                // Failed, or nobody waits for it any more: forget it, so that the next who asks tries again.
                _slots.Remove(slot.Id);
                (closing = []).Add(slot);
            }
            else
            {
                slot.Node = _idle.AddLast(slot);
                while (_idle.Count > maxIdle)
                {
                    var oldest = _idle.First!.Value;
                    _idle.RemoveFirst();
                    _slots.Remove(oldest.Id);
                    (closing ??= []).Add(oldest);
                }
            }
        }

        if (closing is null) return;
        foreach (var closed in closing) closed.Dispose();
    }

    /// <summary>A catalog in the pool, its load and its users.</summary>
    internal sealed class Slot(CatalogId id) : IDisposable
    {
        private readonly CancellationTokenSource _lifetime = new();
        private readonly Lock _start = new();
        private Task<LoadedCatalog>? _loading;

        public CatalogId Id { get; } = id;

        /// <summary>Leases and waiters; guarded by the pool's lock.</summary>
        public int Users { get; set; }

        /// <summary>Place among the idle ones; guarded by the pool's lock.</summary>
        public LinkedListNode<Slot>? Node { get; set; }

        public bool IsOpen => _loading is { IsCompletedSuccessfully: true };

        public Task<LoadedCatalog> StartOnce(Func<CatalogId, CancellationToken, Task<LoadedCatalog>> load)
        {
            // On the pool's threads: inflating and opening are work for a processor, and prefetching means doing them beside the caller.
            lock (_start) return _loading ??= Task.Run(() => load(Id, _lifetime.Token));
        }

        /// <summary>Closes the catalog, now or when its load ends after all. Nobody holds or waits for it.</summary>
        public void Dispose()
        {
            _lifetime.Cancel();
            if (_loading is null)
            {
                _lifetime.Dispose();
                return;
            }

            _loading.ContinueWith(
                done =>
                {
                    if (done.IsCompletedSuccessfully) done.Result.Dispose();
                    else _ = done.Exception; // seen by those who waited for it
                    _lifetime.Dispose();
                },
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}

/// <summary>A catalog at a place. The same catalog can be mounted at several, by bind mountpoints.</summary>
/// <param name="Hash">The catalog object.</param>
/// <param name="Mountpoint">Where it is mounted.</param>
internal readonly record struct CatalogId(ContentHash Hash, RepositoryPath Mountpoint);

/// <summary>Keeps a catalog open until disposed.</summary>
internal sealed class CatalogLease(CatalogPool pool, CatalogPool.Slot slot, Catalog catalog) : IDisposable
{
    private CatalogPool? _pool = pool;

    public Catalog Catalog => _pool is not null ? catalog : throw new ObjectDisposedException(nameof(CatalogLease));

    public void Dispose() => Interlocked.Exchange(ref _pool, null)?.Release(slot);
}
