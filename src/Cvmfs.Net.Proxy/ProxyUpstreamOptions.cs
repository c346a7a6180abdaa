using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy;

/// <summary>Which servers are asked, and how long they may take.</summary>
public sealed class ProxyUpstreamOptions
{
    /// <summary>Servers that requests without a server name go to, in this order. Empty, the default: no reverse proxy.</summary>
    public IList<Uri> Servers { get; } = [];

    /// <summary>Servers that requests may name: <c>host</c>, <c>host:port</c>, <c>*.domain</c>, or a regular expression over
    /// <c>host:port</c>. A rule without a port means the ports CernVM-FS servers use. Empty, the default: none, so no forward proxy.</summary>
    public IList<string> AllowedDestinations { get; } = [];

    /// <summary>Whether a named server may resolve to a private or loopback address. Default false: such a name may be an attack on the inside.</summary>
    public bool AllowPrivateDestinations { get; set; }

    /// <summary>Longest wait for a connection, 100 ms to 1 min. Default 2 s: a client gives up on a silent proxy after 5 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest wait for the head of an answer, 100 ms to 1 min. Default 3 s, so that an error reaches the client before it gives up on the proxy.</summary>
    public TimeSpan FirstByteTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest silence inside a body, 100 ms to 10 min. Default 15 s.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Largest object that is passed on, in bytes; at least 1 MiB. Default 64 GiB: a limit against endless bodies, not a policy.</summary>
    public long MaxObjectBytes { get; set; } = 64L << 30;

    /// <summary>Connections to one server at a time, 1 to 4096. Default 64.</summary>
    public int MaxConnectionsPerServer { get; set; } = 64;

    /// <summary>What is wrong with the settings, each as <c>Section:Setting: …</c>; nothing when they can work.</summary>
    public IEnumerable<string> Validate()
    {
        foreach (string failure in OptionRange.Check("Upstream:ConnectTimeout", ConnectTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1))
            .Concat(OptionRange.Check("Upstream:FirstByteTimeout", FirstByteTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)))
            .Concat(OptionRange.Check("Upstream:StallTimeout", StallTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)))
            .Concat(OptionRange.Check("Upstream:MaxObjectBytes", MaxObjectBytes, 1L << 20, long.MaxValue))
            .Concat(OptionRange.Check("Upstream:MaxConnectionsPerServer", MaxConnectionsPerServer, 1, 4096)))
        {
            yield return failure;
        }

        foreach (string destination in AllowedDestinations.Where(text => !DestinationRule.IsRule(text)))
        {
            yield return $"Upstream:AllowedDestinations: \"{destination}\" is no host, no host:port and no pattern.";
        }

        foreach (var server in Servers.Where(url => !url.IsAbsoluteUri || url.Scheme is not ("http" or "https") || url.Query.Length > 0 || url.UserInfo.Length > 0))
        {
            yield return $"Upstream:Servers: \"{server}\" is no http or https URL of a server.";
        }
    }
}
