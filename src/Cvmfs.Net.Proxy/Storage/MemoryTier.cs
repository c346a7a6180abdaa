using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Whole small objects in memory, within a number of bytes. Safe for concurrent use; finding takes no lock and allocates nothing.</summary>
internal sealed class MemoryTier(long maxBytes, int maxObjectBytes, IReadOnlyList<RepositoryQuota> quotas)
{
    private const int AtOnceBytes = 4 << 10;

    // Upper bounds only: memory holds the hot part of what a repository may have on disk, and no floor holds for that.
    private readonly ObjectTable<MemoryObject> _table = new(maxBytes, MemoryObject.CostOf, [.. quotas.Select(static quota => new RepositoryQuota { MaxBytes = quota.MaxBytes })]);

    /// <summary>Longest object that is kept.</summary>
    public long MaxObjectBytes { get; } = Math.Min(maxObjectBytes, maxBytes / 4);

    public ObjectTable<MemoryObject> Table => _table;

    public TierCounters Counters { get; } = new();

    /// <summary>Whether an object is small enough to be kept at its first coming.</summary>
    public static bool IsKeptAtOnce(long length) => length <= AtOnceBytes;

    public bool TryFind(in ContentHash hash, out CachedObject found)
    {
        if (_table.TryRead(hash, out var entry))
        {
            found = new CachedObject(entry.Value.Bytes, entry.FetchedAt);
            return true;
        }

        found = default;
        return false;
    }

    /// <summary>Keeps an object whose hash was compared.</summary>
    public void Add(in ContentHash hash, byte[] verified, int repository, bool isCatalog, FetchTime fetchedAt)
    {
        if (verified.Length > MaxObjectBytes) return;
        if (_table.Insert(new TableEntry<MemoryObject>(hash, new MemoryObject(verified), verified.Length, repository, isCatalog, 1) { FetchedAt = fetchedAt }) != Admission.Admitted) return;
        while (_table.TryEvict(out var victim)) Counters.Evicted(victim.Length);
    }

    public bool Remove(in ContentHash hash) => _table.TryRemove(hash, out _);
}
