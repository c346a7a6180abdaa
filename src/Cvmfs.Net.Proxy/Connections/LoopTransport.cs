using System.Net;
using Cvmfs.Net.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Proxy.Connections;

/// <summary>Puts event loops under Kestrel where the system has what they need; elsewhere, with TLS, and for endpoints that are no addresses, its own sockets.</summary>
internal sealed class LoopTransport(ProxyMiddleware proxy, IOptions<SocketTransportOptions> sockets, ILoggerFactory loggers, TimeProvider? time = null)
    : IConnectionListenerFactory
{
    private readonly SocketTransportFactory _fallback = new(sockets, loggers);

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (!NativeSocket.IsSupported || endpoint is not IPEndPoint address || IsTls(address) || !proxy.Options.Clients.UseEventLoops) return _fallback.BindAsync(endpoint, cancellationToken);
        return ValueTask.FromResult<IConnectionListener>(new LoopListener(endpoint, proxy.CreateLoops(time ?? TimeProvider.System), new ClientLimits(() => proxy.Options.Clients).Get, sockets.Value, loggers));
    }

    private bool IsTls(IPEndPoint address) => proxy.Options.Listen.Any(url => ListenUrl.IsTls(url) && ListenUrl.PortOf(url) == address.Port);
}
