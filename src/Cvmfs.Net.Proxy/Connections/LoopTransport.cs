using System.Net;
using Cvmfs.Net.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Proxy.Connections;

/// <summary>Puts event loops under Kestrel where the system has what they need; elsewhere, and for endpoints that are no addresses, its own sockets.</summary>
internal sealed class LoopTransport(ProxyMiddleware proxy, IOptions<SocketTransportOptions> sockets, ILoggerFactory loggers, TimeProvider? time = null)
    : IConnectionListenerFactory
{
    private readonly SocketTransportFactory _fallback = new(sockets, loggers);

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var clients = proxy.Options.Clients;
        if (!NativeSocket.IsSupported || endpoint is not IPEndPoint || !clients.UseEventLoops) return _fallback.BindAsync(endpoint, cancellationToken);
        var limits = new LoopLimits
        {
            KeepAlive = clients.IdleTimeout,
            RequestHead = clients.HeadTimeout,
            MinBytesPerSecond = clients.MinSendBytesPerSecond,
            RatePeriod = clients.SendRatePeriod,
            MaxConnections = clients.MaxConnections,
            MaxConnectionsPerAddress = clients.MaxConnectionsPerAddress,
            EvictsIdle = true,
            Backlog = clients.Backlog,
        };
        return ValueTask.FromResult<IConnectionListener>(new LoopListener(endpoint, proxy.CreateLoops(time ?? TimeProvider.System), limits, sockets.Value, loggers));
    }
}
