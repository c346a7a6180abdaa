using System.Net;

namespace Stratum1Replicator.Web;

/// <summary>An address to listen at, from its URL.</summary>
/// <param name="Host">IP address; null for every address of the host.</param>
/// <param name="Port">Port; 0 for a free one.</param>
internal sealed record ListenAddress(IPAddress? Host, int Port)
{
    /// <summary>Reads URLs that are separated by semicolons.</summary>
    /// <param name="urls">The text.</param>
    /// <param name="wrong">The first that is none; null if all are.</param>
    public static IReadOnlyList<ListenAddress> ParseAll(string urls, out string? wrong)
    {
        wrong = null;
        var addresses = new List<ListenAddress>();
        foreach (string url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (TryParse(url) is { } address) addresses.Add(address);
            else wrong ??= url;
        }

        return addresses;
    }

    private static ListenAddress? TryParse(string url)
    {
        const string scheme = "http://";
        if (!url.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return null;
        string rest = url[scheme.Length..].TrimEnd('/');
        int colon = rest.LastIndexOf(':');
        bool hasPort = colon > rest.LastIndexOf(']');
        int port = 80;
        if (hasPort && (!int.TryParse(rest[(colon + 1)..], out port) || port is < 0 or > 65535)) return null;
        string host = (hasPort ? rest[..colon] : rest).Trim('[', ']');
        if (host is "*" or "+") return new ListenAddress(null, port);
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return new ListenAddress(IPAddress.Loopback, port);
        return IPAddress.TryParse(host, out var ip) ? new ListenAddress(ip, port) : null;
    }
}
