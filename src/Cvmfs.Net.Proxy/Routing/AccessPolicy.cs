using System.Net;
using System.Net.Sockets;

namespace Cvmfs.Net.Proxy.Routing;

/// <summary>Who may ask, and for which servers: what the options said when it was made. Closed where nothing is configured.</summary>
/// <remarks>Immutable: a reload makes a new one and puts it in the old one's place; requests that run keep theirs.</remarks>
internal sealed class AccessPolicy(ProxyOptions options)
{
    private readonly IPNetwork[] _clients =
        [.. (options.Clients.Allowed.Count > 0 ? options.Clients.Allowed.AsEnumerable() : AddressScope.SiteNetworks).Select(text => IPNetwork.Parse(WithPrefix(text)))];

    private readonly DestinationRule[] _destinations = [.. options.Upstream.AllowedDestinations.Select(static text => new DestinationRule(text))];
    private readonly DestinationRule[] _external = [.. options.Documents.ExternalDestinations.Select(static text => new DestinationRule(text))];
    private readonly DestinationRule[] _tunnels = [.. options.Clients.Tunnels.Select(static text => new DestinationRule(text))];
    private readonly bool _externalOfUpstreams = options.Documents.AllowExternalOfUpstreams;

    /// <summary>Whether a peer may use the proxy at all.</summary>
    public bool AllowsClient(IPAddress? address)
    {
        if (address is null) return false;
        var plain = AddressScope.Plain(address);
        foreach (var network in _clients)
        {
            if (network.Contains(plain)) return true;
        }

        return false;
    }

    /// <summary>Whether there are servers to which tunnels may be opened.</summary>
    public bool HasTunnels => _tunnels.Length > 0;

    /// <summary>Whether a tunnel may be opened to a server.</summary>
    public bool AllowsTunnel(string host, int port) => Matches(_tunnels, host, port);

    /// <summary>Whether a server may be asked for what CernVM-FS serves.</summary>
    public bool AllowsDestination(string host, int port) => Matches(_destinations, host, port) || Matches(_external, host, port);

    /// <summary>Whether a request may go to where it points: the named server, or an upstream where none is named.</summary>
    /// <param name="target">The request.</param>
    /// <param name="hasUpstreams">Whether there are servers for requests that name none.</param>
    public bool Allows(in RequestTarget target, bool hasUpstreams)
    {
        if (!target.IsForward) return hasUpstreams && (target.Kind != RequestKind.External || _externalOfUpstreams);
        Span<char> host = stackalloc char[Authority.MaxHostLength];
        var normal = host[..Authority.WriteNormalHost(target.Host, host)];
        return Matches(_external, normal, target.Port) || (target.Kind != RequestKind.External && Matches(_destinations, normal, target.Port));
    }

    /// <summary>The same for a request that is kept.</summary>
    public bool Allows(ProxyRequest request, bool hasUpstreams) => request.IsForward
        ? Matches(_external, request.Host, request.Port) || (request.Kind != RequestKind.External && Matches(_destinations, request.Host, request.Port))
        : hasUpstreams && (request.Kind != RequestKind.External || _externalOfUpstreams);

    /// <summary>A single address is a network of one.</summary>
    internal static string WithPrefix(string text)
        => text.Contains('/', StringComparison.Ordinal) || !IPAddress.TryParse(text, out var address)
            ? text
            : $"{text}/{(address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)}";

    private static bool Matches(DestinationRule[] rules, ReadOnlySpan<char> host, int port)
    {
        foreach (var rule in rules)
        {
            if (rule.Matches(host, port)) return true;
        }

        return false;
    }
}
