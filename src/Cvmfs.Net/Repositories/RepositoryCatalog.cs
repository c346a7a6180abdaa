using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Repositories;

/// <summary>A catalog of a revision.</summary>
/// <param name="Mountpoint">The directory that it fills.</param>
/// <param name="Hash">The catalog object.</param>
/// <param name="Bytes">Bytes of the database.</param>
/// <param name="Revision">Its own revision: how often it was rewritten.</param>
/// <param name="Statistics">Its counters: what it holds itself, and what is below it.</param>
public sealed record RepositoryCatalog(RepositoryPath Mountpoint, ContentHash Hash, long Bytes, ulong Revision, CatalogStatistics Statistics);
