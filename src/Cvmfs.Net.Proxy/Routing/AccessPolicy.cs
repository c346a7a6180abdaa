using System.Net;

namespace Cvmfs.Net.Proxy.Routing;

/// <summary>Who may ask, and for which servers. Closed where nothing is configured.</summary>
internal sealed class AccessPolicy(ProxyOptions options)
{
    private readonly IPNetwork[] _clients =
        [.. (options.AllowedClients.Count > 0 ? options.AllowedClients.AsEnumerable() : AddressScope.SiteNetworks).Select(text => IPNetwork.Parse(WithPrefix(text)))];

    private readonly DestinationRule[] _destinations = [.. options.AllowedDestinations.Select(text => new DestinationRule(text))];

    /// <summary>Whether requests may name their server: nothing is configured otherwise.</summary>
    public bool IsForwardProxy => _destinations.Length > 0;

    /// <summary>Whether a peer may use the proxy at all.</summary>
    public bool AllowsClient(IPAddress? address) => address is not null && AllowsPlain(AddressScope.Plain(address));

    /// <summary>Whether a server may be asked.</summary>
    public bool AllowsDestination(string host, int port) => _destinations.Any(rule => rule.Matches(host, port));

    private bool AllowsPlain(IPAddress address) => _clients.Any(network => network.Contains(address));

    /// <summary>A single address is a network of one.</summary>
    internal static string WithPrefix(string text)
        => text.Contains('/', StringComparison.Ordinal) || !IPAddress.TryParse(text, out var address)
            ? text
            : $"{text}/{(address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128)}";
}
