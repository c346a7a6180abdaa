namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>How clients see the repositories of a domain.</summary>
public sealed record FleetDomain
{
    /// <summary>The domain.</summary>
    public required string Name { get; init; }

    /// <summary>Ids of its keys.</summary>
    public required IReadOnlyList<string> Keys { get; init; }

    /// <summary>Whether clients ask for the order. Default true.</summary>
    public bool UsesGeoApi { get; init; } = true;

    /// <summary>Ids of servers, as clients try them.</summary>
    public required IReadOnlyList<string> ServerOrder { get; init; }

    /// <summary>Ids of servers behind a CDN; empty for none.</summary>
    public IReadOnlyList<string> CdnOrder { get; init; } = [];

    /// <summary>Seconds until a proxied request is given up; null for the client's own.</summary>
    public int? Timeout { get; init; }

    /// <summary>Seconds until a direct request is given up; null for the client's own.</summary>
    public int? TimeoutDirect { get; init; }

    /// <summary>Longest life of a catalog in minutes; null for the client's own.</summary>
    public int? MaxTtl { get; init; }

    internal FleetNode? Node { get; init; }
}
