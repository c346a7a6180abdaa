namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>A caching proxy of the fleet file.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Host">Host name.</param>
/// <param name="Port">Port. Default 3128.</param>
/// <param name="Environment">Environment.</param>
/// <param name="Tier">Tier.</param>
/// <param name="Owner">Contact; empty where nobody is named.</param>
/// <param name="AllowedClients">Networks that may ask.</param>
public sealed record FleetProxy(string Id, string Host, int Port, string Environment, string Tier, string Owner, IReadOnlyList<string> AllowedClients)
{
    /// <summary>Where its metrics are: host, port and path of its listener for administrators. Null where it has none, and nobody scrapes it.</summary>
    public (string Host, int Port, string Path)? Metrics { get; init; }

    /// <summary>What clients are told.</summary>
    public string Url => $"http://{Host}:{Port}";
}
