using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.Tracking;

/// <summary>The state of a repository that replicas are compared with.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Server">Name of the server that it was seen on.</param>
/// <param name="Source">What kind of server that is.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="RootCatalog">Its root catalog.</param>
/// <param name="PublishedAt">When it was published; null where the manifest does not say.</param>
/// <param name="IsVerified">Whether its whole chain of trust was verified; without keys, nothing is.</param>
public sealed record RepositoryReference(
    RepositoryName Repository, string Server, ReferenceSource Source, ulong Revision, ContentHash RootCatalog, DateTimeOffset? PublishedAt, bool IsVerified);
