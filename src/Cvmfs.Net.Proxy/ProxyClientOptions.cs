using System.Net;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy;

/// <summary>Who may ask, and how much.</summary>
public sealed class ProxyClientOptions
{
    /// <summary>Networks (CIDR) or addresses that may ask. Empty, the default: loopback, link-local and private networks.</summary>
    public IList<string> Allowed { get; } = [];

    /// <summary>How long the head of a request may take, 1 s to 5 min. Default 10 s.</summary>
    public TimeSpan HeadTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may be silent between requests, 1 s to 1 h. Default 60 s.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Slowest rate, in bytes per second, at which a client may take an answer, over <see cref="SendRatePeriod"/>; up to 1 MiB.
    /// Default 240; 0 lets everybody take their time.</summary>
    public int MinSendBytesPerSecond { get; set; } = 240;

    /// <summary>Over how long that rate is measured, 1 s to 10 min. Default 10 s.</summary>
    public TimeSpan SendRatePeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Connections at once, from 16. Default 20,000. At the limit the client that has been idle for longest goes for a new one.</summary>
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>Connections at once from one address, from 1. Null, the default: <see cref="UsualConnectionsPerAddress"/>, and no limit of their own for clients
    /// on this machine itself, which could harm it in other ways.</summary>
    public int? MaxConnectionsPerAddress { get; set; }

    /// <summary>Connections at once from one other machine where nothing else is set: sixteen for each of many repositories that a node has mounted.</summary>
    public const int UsualConnectionsPerAddress = 512;

    /// <summary>Connections that may wait to be taken, 16 to 65,535; the system may allow fewer. Default 4,096.</summary>
    public int Backlog { get; set; } = 4096;

    /// <summary>Servers to which clients may open tunnels (CONNECT), each as <c>host:port</c> or <c>*.domain:port</c>. What goes through them is neither
    /// seen nor kept. Empty, the default: none. Addresses of the site need <see cref="ProxyUpstreamOptions.AllowPrivateDestinations"/> as well.</summary>
    public IList<string> Tunnels { get; } = [];

    /// <summary>Tunnels at once, from 1. Default 256.</summary>
    public int MaxTunnels { get; set; } = 256;

    /// <summary>How long a tunnel may be silent, 1 s to 1 h. Default 2 min.</summary>
    public TimeSpan TunnelIdleTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Whether plain requests are answered by event loops under the web server, where the system has what these need (Linux). Default true.
    /// A program whose own middleware must see every request sets it to false.</summary>
    public bool UseEventLoops { get; set; } = true;

    /// <summary>What is wrong with the settings, each as <c>Section:Setting: …</c>; nothing when they can work.</summary>
    public IEnumerable<string> Validate()
        => OptionRange.Check("Clients:HeadTimeout", HeadTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5))
            .Concat(OptionRange.Check("Clients:IdleTimeout", IdleTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)))
            .Concat(OptionRange.Check("Clients:MinSendBytesPerSecond", MinSendBytesPerSecond, 0, 1 << 20))
            .Concat(OptionRange.Check("Clients:SendRatePeriod", SendRatePeriod, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)))
            .Concat(OptionRange.Check("Clients:MaxConnections", MaxConnections, 16, int.MaxValue))
            .Concat(OptionRange.Check("Clients:MaxConnectionsPerAddress", MaxConnectionsPerAddress ?? UsualConnectionsPerAddress, 1, int.MaxValue))
            .Concat(OptionRange.Check("Clients:Backlog", Backlog, 16, 65_535))
            .Concat(OptionRange.Check("Clients:MaxTunnels", MaxTunnels, 1, int.MaxValue))
            .Concat(OptionRange.Check("Clients:TunnelIdleTimeout", TunnelIdleTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)))
            .Concat(Tunnels.Where(static text => !DestinationRule.NamesPort(text)).Select(static text => $"Clients:Tunnels: \"{text}\" is no host:port."))
            .Concat(Allowed.Where(text => !IPNetwork.TryParse(AccessPolicy.WithPrefix(text), out _))
                .Select(text => $"Clients:Allowed: \"{text}\" is no address and no network such as 192.168.0.0/16."));
}
