namespace Cvmfs.Net.Catalogs;

/// <summary>An entry with its full path.</summary>
/// <param name="Path">Where it appears.</param>
/// <param name="Entry">What it is.</param>
public readonly record struct CatalogTreeEntry(RepositoryPath Path, CatalogEntry Entry);
