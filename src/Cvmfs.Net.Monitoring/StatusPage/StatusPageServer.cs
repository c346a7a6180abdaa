using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>One server, as a page shows it.</summary>
public sealed record StatusPageServer
{
    /// <summary>As configured.</summary>
    public required StatusPageServerSettings Settings { get; init; }

    /// <summary>How it is.</summary>
    public required ServiceStatus Status { get; init; }

    /// <summary>The worst of its repositories.</summary>
    public ServiceStatus UpdateStatus { get; init; } = ServiceStatus.Unknown;

    /// <summary>Of its geo API; unknown where nobody asked.</summary>
    public ServiceStatus GeoStatus { get; init; } = ServiceStatus.Unknown;

    /// <summary>What was learnt of it.</summary>
    public required ServerReport Report { get; init; }

    /// <summary>Whether something came from it.</summary>
    public bool IsReachable => Report.Outcome != ServerOutcome.Unreachable;

    /// <summary>Its repositories by name; of one that failed, what was known last.</summary>
    public required IReadOnlyList<StatusPageCell> Repositories { get; init; }

    /// <summary>When something came from it for the last time; null for never.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>Name on the page.</summary>
    public string Name => Settings.HostName;

    /// <summary>A repository on it; null where it is not there.</summary>
    public StatusPageCell? Find(RepositoryName repository) => Repositories.FirstOrDefault(cell => cell.Repository == repository);
}
