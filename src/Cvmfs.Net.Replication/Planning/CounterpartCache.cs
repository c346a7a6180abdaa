using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Transfer;

namespace Cvmfs.Net.Replication.Planning;

/// <summary>Finds for a new catalog the one that it took the place of, and keeps those that were used last: in a row of revisions the same one is asked for again and again.</summary>
/// <remarks>All of them together stay within a budget; what does not fit is not compared, and the store is asked for every object. Thread-safe.</remarks>
internal sealed class CounterpartCache(RunServices services, CatalogLoader loader)
{
    /// <summary>Below that, asking the store for each object costs less than opening another catalog.</summary>
    private const int FewReferences = 64;

    private const int MaxIdle = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<ContentHash, Lease> _leases = [];
    private readonly LinkedList<Lease> _idle = new(); // longest unused first

    // Beside the open catalogs themselves, of which the large ones are files.
    private readonly MemoryBudget _budget = new(services.Limits.OpenCatalogBytes / 2);

    /// <summary>Finds the counterpart of a catalog, where the store has it whole and it is worth looking at.</summary>
    /// <param name="node">The catalog that is new.</param>
    /// <param name="catalog">The same, open.</param>
    /// <param name="candidates">Where to look, best first; null hashes are passed over.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>A lease that the caller disposes; null where there is nothing to compare with.</returns>
    public async Task<Lease?> FindAsync(CatalogNode node, Catalog catalog, IEnumerable<ContentHash> candidates, CancellationToken cancellationToken)
    {
        var self = catalog.Statistics.Self;
        if (self.Regular + self.Chunks < FewReferences && catalog.NestedCatalogs.Count == 0) return null;
        foreach (var hash in candidates)
        {
            if (hash.IsNull || hash == node.Key.Hash) continue;
            if (TryShare(hash) is { } shared) return shared;
            var key = new ObjectKey(hash, ObjectSuffix.Catalog);
            if (await services.Presence.FindCatalogAsync(key, cancellationToken).ConfigureAwait(false) != CatalogPresence.Whole) continue;
            return await ReadAsync(new CatalogNode(key, node.Mountpoint, 0, node.Kind), cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    private async Task<Lease?> ReadAsync(CatalogNode node, CancellationToken cancellationToken)
    {
        try
        {
            using var stored = await loader.OpenStoredAsync(node, cancellationToken).ConfigureAwait(false);
            var read = Counterpart.TryRead(stored, _budget, cancellationToken);
            while (read is null && DropIdle()) read = Counterpart.TryRead(stored, _budget, cancellationToken);
            return read is null ? null : Share(node.Key.Hash, read);
        }
        catch (CvmfsException e) when (e is CvmfsFormatException or UnsupportedCompressionException)
        {
            services.Logger.CatalogPassedOver(node.Key, e.Message); // then nothing is left out
            return null;
        }
    }

    private Lease? TryShare(ContentHash hash)
    {
        lock (_gate)
        {
            if (!_leases.TryGetValue(hash, out var lease)) return null;
            if (lease.Users++ == 0) _idle.Remove(lease);
            return lease;
        }
    }

    private Lease Share(ContentHash hash, Counterpart read)
    {
        lock (_gate)
        {
            if (!_leases.TryGetValue(hash, out var lease))
            {
                _leases.Add(hash, lease = new Lease(this, hash, read));
            }
            else
            {
                read.Dispose(); // two were at it
                if (lease.Users == 0) _idle.Remove(lease);
            }

            lease.Users++;
            return lease;
        }
    }

    private void Leave(Lease lease)
    {
        lock (_gate)
        {
            if (--lease.Users > 0) return;
            _idle.AddLast(lease);
            if (_idle.Count > MaxIdle) DropIdle();
        }
    }

    private bool DropIdle()
    {
        lock (_gate)
        {
            if (_idle.First is not { Value: var oldest }) return false;
            _idle.RemoveFirst();
            _leases.Remove(oldest.Hash);
            oldest.Counterpart.Dispose();
            return true;
        }
    }

    /// <summary>The use of a counterpart, until it is disposed; once per lease that was handed out.</summary>
    internal sealed class Lease(CounterpartCache cache, ContentHash hash, Counterpart counterpart) : IDisposable
    {
        public ContentHash Hash => hash;

        public Counterpart Counterpart => counterpart;

        public int Users { get; set; }

        public void Dispose() => cache.Leave(this);
    }
}
