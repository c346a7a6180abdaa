using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Repositories;

/// <summary>An entry and where it is.</summary>
/// <param name="Path">Its full path, mountpoints of nested and bound catalogs already resolved.</param>
/// <param name="Entry">What the catalog says about it.</param>
public readonly record struct RepositoryEntry(RepositoryPath Path, CatalogEntry Entry);
