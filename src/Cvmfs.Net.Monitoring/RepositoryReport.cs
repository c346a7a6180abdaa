using Cvmfs.Net.Documents;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Monitoring;

/// <summary>One repository on one server.</summary>
public sealed record RepositoryReport
{
    /// <summary>The repository's name.</summary>
    public required RepositoryName Name { get; init; }

    /// <summary>Path on the server, which differs from the name for an alias: <c>/cvmfs/…</c>.</summary>
    public required string Path { get; init; }

    /// <summary>What is known.</summary>
    public required RepositoryOutcome Outcome { get; init; }

    /// <summary>Why it is not better.</summary>
    public ErrorClass Error { get; init; }

    /// <summary>The error in words.</summary>
    public string? Detail { get; init; }

    /// <summary>The server lists it as a pass-through replica: it never snapshots, so no staleness is expected of it.</summary>
    public bool IsPassThrough { get; init; }

    /// <summary>The manifest, as far as it could be read; believe it only with <see cref="Verified"/>.</summary>
    public Manifest? Manifest { get; init; }

    /// <summary>The manifest with everything that was verified about it.</summary>
    public VerifiedManifest? Verified { get; init; }

    /// <summary>The whitelist, as far as it could be read.</summary>
    public Whitelist? Whitelist { get; init; }

    /// <summary>Times of snapshot, collection and check; empty where the server has none.</summary>
    public StatusDocument Status { get; init; } = StatusDocument.Empty;

    /// <summary>What was wrong with the status document; its absence is not an error.</summary>
    public ErrorClass StatusError { get; init; }
}
