using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Documents;

/// <summary>A repository or replica that a server lists in <c>repositories.json</c>.</summary>
public sealed record RepositoryListing
{
    /// <summary>The repository's name: what its manifest must say.</summary>
    public required RepositoryName Name { get; init; }

    /// <summary>The name under which this server shows it, where that is another one.</summary>
    public string? Alias { get; init; }

    /// <summary>Path on the server, such as <c>/cvmfs/data</c>; null where the document does not say.</summary>
    public string? Url { get; init; }

    /// <summary>Whether the server only passes data through: such a replica takes no snapshots and has no status.</summary>
    public bool IsPassThrough { get; init; }

    /// <summary>Path on the server to build addresses with: the URL, else the alias or name below <c>/cvmfs/</c>.</summary>
    public string Path => Url ?? "/cvmfs/" + (Alias ?? Name.ToString());
}
