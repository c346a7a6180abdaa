namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>A server of the fleet file.</summary>
public sealed record FleetServer
{
    /// <summary>Short name that never changes.</summary>
    public required string Id { get; init; }

    /// <summary>Host name.</summary>
    public required string Host { get; init; }

    /// <summary>Port.</summary>
    public required int Port { get; init; }

    /// <summary>http or https.</summary>
    public required string Scheme { get; init; }

    /// <summary>Path below which repositories lie. Default <c>/cvmfs</c>.</summary>
    public string Path { get; init; } = "/cvmfs";

    /// <summary>stratum0, stratum1, sync, cdn, gateway or bucket.</summary>
    public required string Role { get; init; }

    /// <summary>cvmfs, s3 or auto.</summary>
    public string Backend { get; init; } = "auto";

    /// <summary>Whether clients are told of it.</summary>
    public bool IsPublic { get; init; }

    /// <summary>Environment.</summary>
    public required string Environment { get; init; }

    /// <summary>Tier. Default <c>standard</c>.</summary>
    public string Tier { get; init; } = "standard";

    /// <summary>Contact who runs it; empty where nobody is named.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Provider; empty where it is not said.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Region; empty where it is not said.</summary>
    public string Region { get; init; } = "";

    /// <summary>planned, active, draining or retired. Default active.</summary>
    public string State { get; init; } = "active";

    /// <summary>Server behind a CDN; null for none.</summary>
    public string? Origin { get; init; }

    /// <summary>Server that it replicates from; null for none.</summary>
    public string? Upstream { get; init; }

    /// <summary>Time between snapshots; null where it is not said.</summary>
    public TimeSpan? SnapshotInterval { get; init; }

    /// <summary>Repositories it is said to have; empty for those whose replicas name it.</summary>
    public IReadOnlyList<string> Repositories { get; init; } = [];

    /// <summary>Whether coordinates are known.</summary>
    public bool HasLocation { get; init; }

    /// <summary>Other ports that metrics are read from.</summary>
    public IReadOnlyList<(string Kind, int Port, string Path)> Metrics { get; init; } = [];

    /// <summary>Whether it is in use: not planned, not retired. Only these are generated anywhere.</summary>
    public bool IsActive => State is "active" or "draining";

    /// <summary>Host, with the port where it is not the usual one of the scheme.</summary>
    public string Authority => Port == (Scheme == "https" ? 443 : 80) ? Host : $"{Host}:{Port}";

    /// <summary>What clients are told: a URL with the literal <c>@fqrn@</c>.</summary>
    public string ClientUrl => $"{Scheme}://{Authority}{Path}/@fqrn@";

    internal FleetNode? Node { get; init; }
}
