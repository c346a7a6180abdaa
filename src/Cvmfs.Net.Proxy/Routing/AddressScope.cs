using System.Net;
using System.Net.Sockets;

namespace Cvmfs.Net.Proxy.Routing;

/// <summary>Which addresses belong to a site or to the machine itself.</summary>
internal static class AddressScope
{
    // Of IPv6 also what carries an IPv4 address inside, which may be a private one.
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "224.0.0.0/3", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fc00::/7", "fe80::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>Networks whose members are taken for a site's own machines.</summary>
    public static IReadOnlyList<string> SiteNetworks { get; } =
        ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"];

    /// <summary>An IPv4 address in IPv6 clothes counts as what it is.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Whether an address can be reached by everybody. A name that leads elsewhere may be an attack on the inside.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var plain = Plain(address);
        if (plain.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)) return false;
        return !NotPublic.Any(network => network.Contains(plain));
    }
}
