using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Publishing;

/// <summary>Where an archive goes, and what goes away for it. The rest of the repository stays as it is.</summary>
public sealed record TarCommitOptions
{
    /// <summary>Directory to extract into; made if it is not there. Default the root.</summary>
    public RepositoryPath BasePath { get; init; } = RepositoryPath.Root;

    /// <summary>Paths to remove before the archive is extracted. One that is not there is an error.</summary>
    public IReadOnlyList<RepositoryPath> Delete { get; init; } = [];

    /// <summary>Whether the base directory becomes a nested catalog.</summary>
    public bool CreateNestedCatalog { get; init; }

    /// <summary>What the commit does besides publishing.</summary>
    public CommitOptions Commit { get; init; } = new();
}
