namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>A repository of the fleet file.</summary>
public sealed record FleetRepository
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Domain that its clients are configured by. Default: the name without its first label.</summary>
    public required string Domain { get; init; }

    /// <summary>Server that publishes it; null where it is not said.</summary>
    public string? Stratum0 { get; init; }

    /// <summary>Private replicas that others replicate from.</summary>
    public IReadOnlyList<string> Sync { get; init; } = [];

    /// <summary>Replicas: the ids of the file, <c>all-public</c> resolved.</summary>
    public required IReadOnlyList<string> Replicas { get; init; }

    /// <summary>Contact.</summary>
    public required string Owner { get; init; }

    /// <summary>Environment.</summary>
    public required string Environment { get; init; }

    /// <summary>Tier. Default <c>standard</c>.</summary>
    public string Tier { get; init; } = "standard";

    /// <summary>What it holds; empty where it is not said.</summary>
    public string Description { get; init; } = "";

    /// <summary>Its web page; empty for none.</summary>
    public string Url { get; init; } = "";

    /// <summary>Whether garbage collection is allowed.</summary>
    public bool IsGarbageCollectable { get; init; }

    /// <summary>How long a replica may be behind. Default 45 min.</summary>
    public TimeSpan MaxLag { get; init; } = TimeSpan.FromMinutes(45);

    /// <summary>How old a replica's last snapshot may be. Default 8 h.</summary>
    public TimeSpan MaxSnapshotAge { get; init; } = TimeSpan.FromHours(8);

    /// <summary>How old the last garbage collection may be; null where nobody cares.</summary>
    public TimeSpan? MaxCollectionAge { get; init; }

    /// <summary>Lines for the server's configuration.</summary>
    public IReadOnlyList<string> ServerOptions { get; init; } = [];

    /// <summary>Lines for the client's configuration.</summary>
    public IReadOnlyList<string> ClientOptions { get; init; } = [];

    internal FleetNode? Node { get; init; }
}
