using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>One repository over all servers, as a page shows it.</summary>
public sealed record StatusPageRepository
{
    /// <summary>The repository.</summary>
    public required RepositoryName Name { get; init; }

    /// <summary>The worst over all servers; no worse than a warning while a public replica serves it well.</summary>
    public required ServiceStatus Status { get; init; }

    /// <summary>The worst by revision.</summary>
    public required ServiceStatus RevisionStatus { get; init; }

    /// <summary>The worst by age of snapshot; unknown where nobody takes any.</summary>
    public required ServiceStatus SnapshotStatus { get; init; }

    /// <summary>The worst by life left of whitelists.</summary>
    public ServiceStatus WhitelistStatus { get; init; } = ServiceStatus.Unknown;

    /// <summary>Revision that the others are compared with; null where no server has one.</summary>
    public ulong? Revision { get; init; }

    /// <summary>Server that has the reference; null where there is none.</summary>
    public string? ReferenceServer { get; init; }

    /// <summary>When that revision was published.</summary>
    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>End of the last snapshot of the server that took none for the longest time; null where nobody says.</summary>
    public DateTimeOffset? OldestSnapshot { get; init; }

    /// <summary>The earliest expiry of any server's whitelist: from then on somebody cannot mount.</summary>
    public DateTimeOffset? WhitelistExpires { get; init; }

    /// <summary>Servers that have it in the reference's revision.</summary>
    public int ServersInStep { get; init; }

    /// <summary>Servers that have it, or should.</summary>
    public int Servers { get; init; }

    /// <summary>How long the one furthest behind has been so; null where nobody is compared.</summary>
    public TimeSpan? MaxLag { get; init; }
}
