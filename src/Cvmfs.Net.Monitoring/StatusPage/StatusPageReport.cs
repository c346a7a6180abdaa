namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>A page's content: everything judged, nothing rendered. Immutable.</summary>
public sealed record StatusPageReport
{
    /// <summary>What it was judged by.</summary>
    public required StatusPageConfiguration Configuration { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The status that visitors see first.</summary>
    public required ServiceStatus Overall { get; init; }

    /// <summary>Of the Stratum 0 servers.</summary>
    public required ServiceStatus Stratum0 { get; init; }

    /// <summary>Of the Stratum 1 servers.</summary>
    public required ServiceStatus Stratum1 { get; init; }

    /// <summary>Of the sync servers.</summary>
    public required ServiceStatus SyncServers { get; init; }

    /// <summary>The worst of the repositories.</summary>
    public ServiceStatus RepositoriesStatus => Repositories.Select(repository => repository.Status).Worst(ServiceStatus.Unknown);

    /// <summary>Servers in the order of the configuration.</summary>
    public required IReadOnlyList<StatusPageServer> Servers { get; init; }

    /// <summary>Repositories by name.</summary>
    public required IReadOnlyList<StatusPageRepository> Repositories { get; init; }

    /// <summary>Planned work that goes on or is to come.</summary>
    public required IReadOnlyList<MaintenanceWindow> Maintenance { get; init; }

    /// <summary>What was odd in the rules: lines for a log.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>What the next result must confirm before it is published.</summary>
    public IReadOnlyList<PendingStatus> Pending { get; init; } = [];

    /// <summary>What went before; empty where nothing is known.</summary>
    public StatusHistory History { get; init; } = StatusHistory.Empty;

    /// <summary>Status of the servers of a role.</summary>
    public ServiceStatus StatusOf(ServerRole role) => role switch
    {
        ServerRole.Stratum0 => Stratum0,
        ServerRole.Stratum1 => Stratum1,
        _ => SyncServers,
    };

    /// <summary>By server, how long its last looks took, oldest first, null for one that failed; empty where nobody remembers. In milliseconds.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyList<double?>> Durations { get; init; } = new Dictionary<string, IReadOnlyList<double?>>();

    /// <summary>Seconds that the slowest server was behind with each of the last revisions, by repository, oldest first; null where nobody knows. Only a monitor that runs has them.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyList<double?>> Lags { get; init; } = new Dictionary<string, IReadOnlyList<double?>>();
}
