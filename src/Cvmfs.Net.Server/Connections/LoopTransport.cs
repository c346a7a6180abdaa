using System.Net;
using Cvmfs.Net.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Server.Connections;

/// <summary>Puts event loops under Kestrel where the system has what they need; elsewhere, and for endpoints that are no addresses, its own sockets.</summary>
internal sealed class LoopTransport(
    CvmfsServer server, IOptions<KestrelServerOptions> kestrel, IOptions<SocketTransportOptions> sockets, ILoggerFactory loggers) : IConnectionListenerFactory
{
    private readonly SocketTransportFactory _fallback = new(sockets, loggers);

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (!NativeSocket.IsSupported || endpoint is not IPEndPoint || !server.Options.UseEventLoops) return _fallback.BindAsync(endpoint, cancellationToken);
        var limits = LoopLimits.Of(kestrel.Value.Limits) with { MaxConnectionsPerAddress = server.Options.MaxConnectionsPerAddress };
        return ValueTask.FromResult<IConnectionListener>(new LoopListener(endpoint, new ContentLoops(server.LoopServices), () => limits, sockets.Value, loggers));
    }
}
