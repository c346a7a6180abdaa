using System.Net;
using System.Net.Sockets;

namespace Cvmfs.Net.Server.Geo;

/// <summary>What a name stands for: its first address of either protocol.</summary>
internal readonly record struct HostAddresses(IPAddress? IPv4, IPAddress? IPv6)
{
    /// <summary>Whether there is no address.</summary>
    public bool IsEmpty => IPv4 is null && IPv6 is null;

    /// <summary>Chooses from an answer of the resolver.</summary>
    public static HostAddresses From(IEnumerable<IPAddress> addresses)
    {
        var chosen = default(HostAddresses);
        foreach (var address in addresses)
        {
            if (address.AddressFamily == AddressFamily.InterNetwork) chosen = chosen with { IPv4 = chosen.IPv4 ?? address };
            else if (address.AddressFamily == AddressFamily.InterNetworkV6) chosen = chosen with { IPv6 = chosen.IPv6 ?? address };
        }

        return chosen;
    }

    /// <summary>Reads an address that stands where a name could: four numbers, or IPv6 without brackets and zone. False for everything else, also for
    /// the short forms of IPv4, which name servers may be asked about.</summary>
    public static bool TryParse(string name, out HostAddresses addresses)
    {
        addresses = default;
        if (!IPAddress.TryParse(name, out var address)) return false;
        bool isLiteral = address.AddressFamily == AddressFamily.InterNetwork ? name.AsSpan().Count('.') == 3 : name.Contains(':', StringComparison.Ordinal);
        if (isLiteral) addresses = From([address]);
        return isLiteral;
    }
}
