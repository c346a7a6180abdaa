using System.Net;
using System.Text;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy.Administration;

/// <summary>Writes the script that tells clients their proxies. Clients take the order as it is and never spread over it, so each address is
/// given another beginning.</summary>
internal static class ProxyScript
{
    /// <summary>Media type of the script.</summary>
    public const string ContentType = "application/x-ns-proxy-autoconfig";

    /// <summary>Whether a text names a proxy.</summary>
    public static bool IsProxy(string text) => text.All(IsPlain) && Authority.TryRead(Encoding.ASCII.GetBytes(text), out var authority) && authority.HasPort;

    /// <summary>The script for one client.</summary>
    public static byte[] For(IPAddress? client, ProxyScriptOptions options)
    {
        var proxies = options.Proxies;
        int first = proxies.Count == 0 ? 0 : (int)(Spread(client) % (uint)proxies.Count);
        var list = Enumerable.Range(0, proxies.Count).Select(i => $"PROXY {proxies[(first + i) % proxies.Count]}");
        if (options.AllowDirect) list = list.Append("DIRECT");
        return Encoding.ASCII.GetBytes($"function FindProxyForURL(url, host) {{\n    return \"{string.Join("; ", list)}\";\n}}\n");
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or ':' or '[' or ']';

    /// <summary>The same for an address at all proxies of a site, so not the runtime's hash.</summary>
    private static uint Spread(IPAddress? client)
    {
        uint hash = 2166136261;
        foreach (byte b in client is null ? [] : AddressScope.Plain(client).GetAddressBytes()) hash = (hash ^ b) * 16777619;
        return hash ^ (hash >> 15);
    }
}
