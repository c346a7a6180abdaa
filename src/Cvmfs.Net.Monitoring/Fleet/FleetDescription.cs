using System.Security.Cryptography;
using System.Text;

namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>One infrastructure, as its fleet file describes it. Immutable.</summary>
public sealed record FleetDescription
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>First 12 hex digits of the SHA-256 of what was read: says in every output what it was made from.</summary>
    public required string Digest { get; init; }

    /// <summary>Contacts by id.</summary>
    public required IReadOnlyDictionary<string, FleetContact> Contacts { get; init; }

    /// <summary>Environments by id.</summary>
    public required IReadOnlyDictionary<string, FleetEnvironment> Environments { get; init; }

    /// <summary>Receivers for page, ticket and info, by routing.</summary>
    public required IReadOnlyDictionary<string, (string Page, string Ticket, string Info)> Routing { get; init; }

    /// <summary>Receivers by id.</summary>
    public required IReadOnlyDictionary<string, FleetReceiver> Receivers { get; init; }

    /// <summary>Keys by id.</summary>
    public required IReadOnlyDictionary<string, FleetKey> Keys { get; init; }

    /// <summary>Domains by name.</summary>
    public required IReadOnlyDictionary<string, FleetDomain> Domains { get; init; }

    /// <summary>Repositories by name.</summary>
    public required IReadOnlyDictionary<string, FleetRepository> Repositories { get; init; }

    /// <summary>Servers by id, retired ones too.</summary>
    public required IReadOnlyDictionary<string, FleetServer> Servers { get; init; }

    /// <summary>Proxies by id.</summary>
    public required IReadOnlyDictionary<string, FleetProxy> Proxies { get; init; }

    /// <summary>Sites by id.</summary>
    public required IReadOnlyDictionary<string, FleetSite> Sites { get; init; }

    /// <summary>Servers in use, by id.</summary>
    public IEnumerable<FleetServer> ActiveServers => Servers.Values.Where(server => server.IsActive);

    /// <summary>Repositories that a server should have, by name.</summary>
    public IEnumerable<FleetRepository> RepositoriesOf(FleetServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        string id = server.Role == "cdn" ? server.Origin ?? server.Id : server.Id;
        return Repositories.Values.Where(repository => repository.Stratum0 == id || repository.Sync.Contains(id) || repository.Replicas.Contains(id) || server.Repositories.Contains(repository.Name));
    }

    /// <summary>Links by name: <c>runbooks</c> and <c>grafana</c> are put into alerts.</summary>
    public IReadOnlyDictionary<string, string> Links { get; init; } = new Dictionary<string, string>();

    /// <summary>Tiers whose servers wake people up, joined by pipes. Default: critical.</summary>
    internal string PagingTiers { get; init; } = "critical";

    /// <summary>Who is asked where nobody is named.</summary>
    internal string FirstContact => Contacts.Keys.FirstOrDefault() ?? "";

    /// <summary>The environment of what belongs to none: one that visitors see.</summary>
    internal string MainEnvironment => Environments.Values.OrderByDescending(environment => environment.IsOnStatusPage).First().Id;

    /// <summary>Title and rules of the status page, as written; null where there are none.</summary>
    internal FleetNode? StatusPage { get; init; }

    internal FleetNode? Maintenance { get; init; }

    /// <summary>Observers, intervals and places to ask the geo API about, as written; null where nothing is said.</summary>
    internal FleetNode? Monitoring { get; init; }

    internal static string DigestOf(IEnumerable<string> texts) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', texts))))[..12];
}
