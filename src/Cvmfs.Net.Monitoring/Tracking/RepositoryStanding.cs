using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.Tracking;

/// <summary>How one repository on one server stands to the reference, and how it got there.</summary>
public sealed record RepositoryStanding
{
    /// <summary>Name of the server.</summary>
    public required string Server { get; init; }

    /// <summary>The repository.</summary>
    public required RepositoryName Repository { get; init; }

    /// <summary>What it is compared with; null where no server has a manifest to be believed.</summary>
    public RepositoryReference? Reference { get; init; }

    /// <summary>Revisions behind the reference, 0 or more; null without a reference or a manifest, and for pass-through replicas.</summary>
    public ulong? RevisionLag { get; init; }

    /// <summary>Since when a newer revision has been known that this server does not have; null while there is none.</summary>
    public DateTimeOffset? BehindSince { get; init; }

    /// <summary>How long that is, less the time that a cache on the way had held the manifest; zero in sync, null where <see cref="RevisionLag"/> is.</summary>
    public TimeSpan? Lag { get; init; }

    /// <summary>The same revision as the reference with another root catalog, or a higher revision for longer than a roll-back takes: two histories.</summary>
    public bool IsConflict { get; init; }

    /// <summary>How often the revision went down.</summary>
    public long Rollbacks { get; init; }

    /// <summary>How often a new revision was seen.</summary>
    public long Changes { get; init; }
}
