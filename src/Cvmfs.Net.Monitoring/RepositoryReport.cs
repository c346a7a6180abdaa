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

    /// <summary>What was wrong with the status document or its dates; its absence is not an error.</summary>
    public ErrorClass StatusError { get; init; }

    /// <summary>End of the last snapshot, from the status document or the file that old servers write; null where nobody says, or not readably.</summary>
    public DateTimeOffset? LastSnapshot { get; init; }

    /// <summary>End of the last garbage collection; null where nobody says, or not readably.</summary>
    public DateTimeOffset? LastGarbageCollection { get; init; }

    /// <summary>End of the last integrity check; null where nobody says, or not readably.</summary>
    public DateTimeOffset? LastCheck { get; init; }

    /// <summary>Begin of a snapshot that runs; null where none does.</summary>
    public DateTimeOffset? SnapshotRunningSince { get; init; }

    /// <summary>Whether a file says that a snapshot runs, be its date readable or not.</summary>
    public bool IsSnapshotRunning { get; init; }

    /// <summary>Whether the server itself lists the repository.</summary>
    public bool IsListed { get; init; }

    /// <summary>Whether the server lists it as a replica.</summary>
    public bool IsReplica { get; init; }

    /// <summary>Whether whoever asked named the repository, so that its absence is a fault.</summary>
    public bool IsExpected { get; init; } = true;

    /// <summary>How long a cache on the way had held the manifest; null where none says so.</summary>
    public TimeSpan? ManifestAge { get; init; }

    /// <summary>The links of the chain of trust.</summary>
    public TrustReport Trust { get; init; } = TrustReport.Unknown;

    /// <summary>Objects that were asked for: those that the manifest names, then samples.</summary>
    public IReadOnlyList<ObjectReport> Objects { get; init; } = [];

    /// <summary>Revisions and their times, oldest first, where the database of tags was fetched; otherwise empty.</summary>
    public IReadOnlyList<PublishedRevision> PublishHistory { get; init; } = [];

    /// <summary>What is odd and spoils nothing.</summary>
    public IReadOnlyList<ReportWarning> Warnings { get; init; } = [];

    /// <summary>Whether the manifest is there and as good as could be told.</summary>
    public bool IsUp => Outcome is RepositoryOutcome.Ok or RepositoryOutcome.Unverified or RepositoryOutcome.Stale;

    /// <summary>Whether the root catalog is there and whole; null where nobody asked.</summary>
    public bool? IsRootCatalogAvailable => Objects.FirstOrDefault(one => one is { Kind: ObjectKind.Catalog, IsRoot: true }) switch
    {
        null or { Outcome: ObjectOutcome.Error } => null,
        var catalog => catalog.Outcome == ObjectOutcome.Ok,
    };
}
