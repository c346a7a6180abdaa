using System.Net;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy;

/// <summary>Who may ask, and how much.</summary>
public sealed class ProxyClientOptions
{
    /// <summary>Networks (CIDR) or addresses that may ask. Empty, the default: loopback, link-local and private networks.</summary>
    public IList<string> Allowed { get; } = [];

    /// <summary>What is wrong with the settings, each as <c>Section:Setting: …</c>; nothing when they can work.</summary>
    public IEnumerable<string> Validate()
        => Allowed.Where(text => !IPNetwork.TryParse(AccessPolicy.WithPrefix(text), out _))
            .Select(text => $"Clients:Allowed: \"{text}\" is no address and no network such as 192.168.0.0/16.");
}
