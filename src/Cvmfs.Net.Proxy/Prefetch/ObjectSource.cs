using Cvmfs.Net.Hashing;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy.Prefetch;

/// <summary>The cache of objects as fetching ahead sees it.</summary>
internal abstract class ObjectSource
{
    /// <summary>Whether an object is in the cache.</summary>
    public abstract ValueTask<bool> HasAsync(ContentHash hash, CancellationToken cancellationToken);

    /// <summary>Brings an object into the cache, as a client's request would.</summary>
    /// <returns>Bytes that had to be fetched: 0 where it was there already, null where it cannot be had.</returns>
    public abstract ValueTask<long?> BringAsync(ProxyRequest request, CancellationToken cancellationToken);

    /// <summary>Reads an object that is in the cache. Null where it is not, or is longer than <paramref name="maxBytes"/>.</summary>
    public abstract ValueTask<byte[]?> ReadAsync(ContentHash hash, int maxBytes, CancellationToken cancellationToken);
}
