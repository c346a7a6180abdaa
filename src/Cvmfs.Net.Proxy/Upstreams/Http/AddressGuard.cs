using System.Net;
using System.Net.NetworkInformation;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy.Upstreams.Http;

/// <summary>Which addresses may be connected to. Asked after a name was looked up, about the very address that is connected to next.</summary>
/// <param name="allowPrivate">Whether names that clients give may lead to addresses of the site.</param>
/// <param name="own">The addresses that this proxy listens on: nobody is led back to it, whatever else is allowed.</param>
internal sealed class AddressGuard(bool allowPrivate, IEnumerable<IPEndPoint>? own = null)
{
    private readonly IPEndPoint[] _own = [.. own ?? []];

    /// <summary>The addresses behind URLs to listen on; of one that means all addresses of the machine, all.</summary>
    public static IEnumerable<IPEndPoint> EndPointsOf(IEnumerable<string> listen)
    {
        foreach (string text in listen)
        {
            if (!Uri.TryCreate(text.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var url)) continue;
            bool isOne = IPAddress.TryParse(url.IdnHost, out var address) && !IPAddress.Any.Equals(address) && !IPAddress.IPv6Any.Equals(address);
            foreach (var one in isOne ? [address!] : AllOfThisMachine()) yield return new IPEndPoint(AddressScope.Plain(one), url.Port);
        }
    }

    /// <summary>Whether an address may be connected to.</summary>
    /// <param name="address">One address of the name.</param>
    /// <param name="port">The port there.</param>
    /// <param name="isConfigured">Whether the operator wrote the server down.</param>
    public bool Allows(IPAddress address, int port, bool isConfigured)
    {
        var plain = AddressScope.Plain(address);
        foreach (var end in _own)
        {
            if (end.Port == port && end.Address.Equals(plain)) return false;
        }

        // Not even of an own server: nothing can be meant by them.
        if (IPAddress.Any.Equals(plain) || IPAddress.IPv6Any.Equals(plain) || plain.IsIPv6Multicast || IsIPv4Multicast(plain)) return false;
        return isConfigured || allowPrivate || AddressScope.IsPublic(plain);
    }

    private static IEnumerable<IPAddress> AllOfThisMachine()
        => NetworkInterface.GetAllNetworkInterfaces().SelectMany(static card => card.GetIPProperties().UnicastAddresses).Select(static own => own.Address)
            .Append(IPAddress.Loopback).Append(IPAddress.IPv6Loopback).Distinct();

    private static bool IsIPv4Multicast(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out int length) && length == 4 && bytes[0] >= 224;
    }
}
