namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>A group of clients.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Proxies">Ids of proxies that share the load.</param>
/// <param name="FallbackProxies">Ids of proxies for when those are away.</param>
/// <param name="QuotaMegabytes">Size of a client's cache; null for its own.</param>
/// <param name="CacheBase">Folder of a client's cache; null for its own.</param>
/// <param name="Repositories">What is mounted; empty for all of the file.</param>
public sealed record FleetSite(string Id, IReadOnlyList<string> Proxies, IReadOnlyList<string> FallbackProxies, int? QuotaMegabytes, string? CacheBase, IReadOnlyList<string> Repositories);
