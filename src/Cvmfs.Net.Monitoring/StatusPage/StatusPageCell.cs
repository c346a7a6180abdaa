using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>One repository on one server, as a page shows it. What nobody measured is null.</summary>
public sealed record StatusPageCell
{
    /// <summary>The repository.</summary>
    public required RepositoryName Repository { get; init; }

    /// <summary>The worst of the statuses below.</summary>
    public required ServiceStatus Status { get; init; }

    /// <summary>By revision: in step with the reference or not.</summary>
    public ServiceStatus UpdateStatus { get; init; } = ServiceStatus.Unknown;

    /// <summary>By the age of the last snapshot; unknown for a server that takes none.</summary>
    public ServiceStatus SnapshotStatus { get; init; } = ServiceStatus.Unknown;

    /// <summary>By the life that the whitelist has left: a warning in its last third or three days, failed when it has expired.</summary>
    public ServiceStatus WhitelistStatus { get; init; } = ServiceStatus.Unknown;

    /// <summary>What was learnt of the manifest.</summary>
    public RepositoryOutcome Outcome { get; init; }

    /// <summary>Why it is not better; null where nothing is wrong.</summary>
    public string? Detail { get; init; }

    /// <summary>Revision of the manifest.</summary>
    public ulong? Revision { get; init; }

    /// <summary>Root catalog of the manifest, as printed.</summary>
    public string? RootHash { get; init; }

    /// <summary>Bytes of the root catalog.</summary>
    public ulong? RootCatalogBytes { get; init; }

    /// <summary>Life time that the manifest gives.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>When the manifest was signed.</summary>
    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>Revisions between this one and the reference.</summary>
    public ulong? Distance { get; init; }

    /// <summary>Since when a newer revision than this one is known; null for one that is in step.</summary>
    public DateTimeOffset? BehindSince { get; init; }

    /// <summary>How long it has been behind; zero for one that is in step.</summary>
    public TimeSpan? Lag { get; init; }

    /// <summary>End of the last snapshot.</summary>
    public DateTimeOffset? LastSnapshot { get; init; }

    /// <summary>End of the last garbage collection.</summary>
    public DateTimeOffset? LastGarbageCollection { get; init; }

    /// <summary>When the whitelist was signed.</summary>
    public DateTimeOffset? WhitelistIssued { get; init; }

    /// <summary>When the whitelist expires.</summary>
    public DateTimeOffset? WhitelistExpires { get; init; }

    /// <summary>When this was seen, for what is shown from an earlier run; null for what was seen now.</summary>
    public DateTimeOffset? SeenAt { get; init; }
}
