using System.Text;
using Cvmfs.Net.Transport.Wire;

namespace Cvmfs.Net.Transport;

/// <summary>Sends over our own connections: plain HTTP, directly or through a proxy that asks for no password.</summary>
internal sealed class WireExchanger(HttpConnections connections, bool ownsConnections, HttpRepositorySourceOptions options) : HttpExchanger
{
    private Way? _last; // nearly every request goes where the one before went

    public override ValueTask<HttpAnswer> SendAsync(HttpAsk ask, CancellationToken cancellationToken)
        => SendAsync(ask, null, cancellationToken);

    /// <summary>Sends through a proxy, which is named the whole URL.</summary>
    public ValueTask<HttpAnswer> SendAsync(HttpAsk ask, Uri? proxy, CancellationToken cancellationToken)
    {
        var way = _last;
        if (way is null || way.Proxy != proxy || !ask.Url.StartsWith(way.Prefix, StringComparison.Ordinal) || ask.Url[way.Prefix.Length] != '/')
        {
            _last = way = WayOf(ask.Url, proxy);
        }

        string target = proxy is null ? ask.Url[way.Prefix.Length..] : ask.Url;
        if (target.AsSpan().ContainsAnyExceptInRange('!', '~')) throw new CvmfsTransportException(ask.Url, "is not escaped as a URL must be.", isTransient: false);
        string extra = ask.RangeValue is { } range ? $"Range: {range}\r\n" : "";
        var exchange = new WireExchange(ask.Url, target, ask.Mode == FetchMode.BypassCaches ? way.BypassTail : way.Tail, extra, ask.IsHead, options.ContinueOnConnection);
        return way.Server.SendAsync(exchange, cancellationToken);
    }

    public override ValueTask DisposeAsync() => ownsConnections ? connections.DisposeAsync() : ValueTask.CompletedTask;

    private Way WayOf(string url, Uri? proxy)
    {
        int end = url.IndexOf('/', "http://".Length);
        string prefix = end < 0 ? url : url[..end];
        var server = new Uri(prefix);
        var next = proxy ?? server;
        string host = server.IsDefaultPort ? server.IdnHost : $"{server.IdnHost}:{server.Port}";
        if (server.HostNameType == UriHostNameType.IPv6) host = server.IsDefaultPort ? $"[{server.IdnHost}]" : $"[{server.IdnHost}]:{server.Port}";
        string tail = $" HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {options.UserAgent}\r\n";
        return new Way(
            prefix, proxy, connections.To(next.IdnHost, next.Port),
            Encoding.ASCII.GetBytes(tail), Encoding.ASCII.GetBytes(tail + "Pragma: no-cache\r\nCache-Control: no-cache\r\n"));
    }

    private sealed record Way(string Prefix, Uri? Proxy, ServerConnections Server, byte[] Tail, byte[] BypassTail);
}
