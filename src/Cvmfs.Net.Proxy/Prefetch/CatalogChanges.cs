using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Proxy.Prefetch;

/// <summary>Finds the nested catalogs of a catalog that took the place of cached ones.</summary>
internal sealed class CatalogChanges(ObjectSource objects)
{
    /// <summary>Longest decoded catalog, in bytes. Real ones stay below; what is longer is left to the clients.</summary>
    public const long MaxDecodedBytes = 1L << 30;

    /// <summary>How many times longer than its stored form a decoded catalog may be.</summary>
    public const int MaxExpansion = 64;

    private const int MaxStoredBytes = 128 << 20;

    /// <summary>Compares two versions of a catalog that are both in the cache.</summary>
    /// <returns>Old and new hash of each nested catalog that changed and whose old version is in the cache.</returns>
    /// <exception cref="CvmfsFormatException">One of them is no catalog, or decodes to more than the bounds.</exception>
    public async Task<IReadOnlyList<(ContentHash Old, ContentHash New)>> ReadAsync(ContentHash old, ContentHash next, CancellationToken cancellationToken)
    {
        var before = await NestedAsync(old, cancellationToken).ConfigureAwait(false);
        if (before.Count == 0) return [];
        var found = new List<(ContentHash, ContentHash)>();
        foreach (var (mountpoint, hash) in await NestedAsync(next, cancellationToken).ConfigureAwait(false))
        {
            if (before.TryGetValue(mountpoint, out var known) && known != hash && await objects.HasAsync(known, cancellationToken).ConfigureAwait(false)) found.Add((known, hash));
        }

        return found;
    }

    private async Task<Dictionary<RepositoryPath, ContentHash>> NestedAsync(ContentHash hash, CancellationToken cancellationToken)
    {
        if (await objects.ReadAsync(hash, MaxStoredBytes, cancellationToken).ConfigureAwait(false) is not { } stored) return [];
        byte[] image = ZlibCodec.Decompress(stored, Math.Min(MaxDecodedBytes, (long)stored.Length * MaxExpansion), $"catalog {hash}");
        using var catalog = Catalog.Open(image, default, new CatalogOptions { Name = $"catalog {hash}", AllowForeignPrefix = true });
        return catalog.NestedCatalogs.GroupBy(static nested => nested.Mountpoint).ToDictionary(static same => same.Key, static same => same.First().Hash);
    }
}
