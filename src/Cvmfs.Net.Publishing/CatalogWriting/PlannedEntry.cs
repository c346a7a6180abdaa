using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Publishing.CatalogWriting;

/// <summary>One row of a catalog to be, with its chunks.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Entry">All columns.</param>
/// <param name="Chunks">Chunks by offset; empty for most.</param>
internal readonly record struct PlannedEntry(RepositoryPath Path, CatalogEntry Entry, IReadOnlyList<FileChunk> Chunks);
