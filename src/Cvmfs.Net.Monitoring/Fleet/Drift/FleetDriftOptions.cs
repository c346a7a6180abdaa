namespace Cvmfs.Net.Monitoring.Fleet.Drift;

/// <summary>What a fleet file is compared with. Immutable.</summary>
public sealed record FleetDriftOptions
{
    /// <summary>How servers and name servers are asked: limits, resolver, clock. Keys come from the fleet file.</summary>
    public ScraperOptions Scraper { get; init; } = new();

    /// <summary>Whether servers are asked. Default true.</summary>
    public bool AsksServers { get; init; } = true;

    /// <summary>Whether names are looked up. Default true.</summary>
    public bool AsksNames { get; init; } = true;

    /// <summary>Folders of clients' configuration: <c>/etc/cvmfs</c>, or a checked-out configuration repository.</summary>
    public IReadOnlyList<string> ClientConfigurations { get; init; } = [];

    /// <summary>Files of targets that Prometheus reads.</summary>
    public IReadOnlyList<string> PrometheusTargets { get; init; } = [];

    /// <summary>Configuration files of status pages.</summary>
    public IReadOnlyList<string> StatusPages { get; init; } = [];
}
