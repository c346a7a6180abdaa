using System.Net;
using System.Net.Sockets;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Connects to addresses that were checked after the name was resolved, so that no answer of a name server leads inside.</summary>
internal static class GuardedConnector
{
    /// <summary>Resolves, filters, and connects to the first address that answers. The caller owns the stream.</summary>
    /// <exception cref="NotPublicException">No address is public.</exception>
    /// <exception cref="SocketException">The name does not resolve, or no address answers.</exception>
    public static async ValueTask<Stream> ConnectPublicAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var end = context.DnsEndPoint;
        var addresses = await Dns.GetHostAddressesAsync(end.Host, cancellationToken).ConfigureAwait(false);
        var allowed = Array.FindAll(addresses, AddressScope.IsPublic);
        if (allowed.Length == 0)
        {
            throw new NotPublicException($"{end.Host} resolves to {addresses.Length} addresses and none of them is public.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, end.Port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A server is not where strangers may be sent.</summary>
    public sealed class NotPublicException(string message) : IOException(message);
}
