using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Repositories;

/// <summary>What happened to an entry between two revisions.</summary>
public enum ChangeKind
{
    /// <summary>It is new.</summary>
    Added,

    /// <summary>It is gone.</summary>
    Removed,

    /// <summary>Content or attributes differ, or it became another kind of entry.</summary>
    Modified,
}

/// <summary>A difference between two revisions.</summary>
/// <param name="Path">Where.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Before">The entry in the first revision; null if it is new.</param>
/// <param name="After">The entry in the second revision; null if it is gone.</param>
public readonly record struct RepositoryChange(RepositoryPath Path, ChangeKind Kind, CatalogEntry? Before, CatalogEntry? After);
