using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>What a catalog is to the one above it, once it was looked into: the same wherever it is mounted.</summary>
internal sealed record CatalogFacts
{
    /// <summary>Bytes of the database.</summary>
    public required long DatabaseBytes { get; init; }

    /// <summary>Where it believes to be.</summary>
    public required RepositoryPath Root { get; init; }

    /// <summary>Its root entry; null where it has none.</summary>
    public required RootEntry? Entry { get; init; }

    /// <summary>Counters as counted, with all catalogs below; null where not all of them could be counted.</summary>
    public CatalogCounters? Total { get; init; }
}

/// <summary>A catalog's root entry, or the entry that stands for it above.</summary>
/// <param name="Name">Hash of its name.</param>
/// <param name="Face">What must be equal on both sides.</param>
/// <param name="IsNestedRoot">Whether it is marked as the root of a nested catalog.</param>
internal readonly record struct RootEntry(PathHash Name, EntryFace Face, bool IsNestedRoot);
