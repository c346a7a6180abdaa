using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Cvmfs.Net.Proxy.Serving;

/// <summary>Connects clients with servers byte for byte (CONNECT), where that is allowed. Thread-safe.</summary>
/// <remarks>The web server has read the request and nothing behind it, and writes nothing by itself while the request runs: meanwhile its connection is ours.</remarks>
internal sealed class Tunnels(UpstreamPool upstreams, TimeProvider clock)
{
    private const int PieceBytes = 16 << 10;

    private int _open;

    /// <summary>Opens a tunnel and returns when it is over.</summary>
    /// <param name="context">The request.</param>
    /// <param name="target">Its target: host and port.</param>
    /// <param name="access">What is allowed.</param>
    /// <param name="options">Limits.</param>
    public async Task<(ProxyOutcome Outcome, long Bytes)> AnswerAsync(HttpContext context, string target, AccessPolicy access, ProxyClientOptions options)
    {
        if (!TryRead(target, out string host, out int port)) return await RefuseAsync(context, 400, "a tunnel goes to host:port").ConfigureAwait(false);
        if (!access.AllowsTunnel(host, port)) return await RefuseAsync(context, 403, "this server is not allowed").ConfigureAwait(false);
        try
        {
            if (Interlocked.Increment(ref _open) > options.MaxTunnels) return await RefuseAsync(context, 503, "too many tunnels").ConfigureAwait(false);
            using var server = await upstreams.ConnectAsync(host, port, context.RequestAborted).ConfigureAwait(false);
            long bytes = await RelayAsync(context.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport, server, options.TunnelIdleTimeout).ConfigureAwait(false);
            context.Abort(); // there is no further request on this connection, and no answer to this one
            return (ProxyOutcome.PassedThrough, bytes);
        }
        catch (UpstreamException failure)
        {
            await ErrorAnswer.UpstreamAsync(context, new(failure.Failure, 0)).ConfigureAwait(false);
            return (ProxyOutcome.UpstreamFailed, 0);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private static async Task<(ProxyOutcome Outcome, long Bytes)> RefuseAsync(HttpContext context, int status, string reason)
    {
        await ErrorAnswer.RefuseAsync(context, status, reason).ConfigureAwait(false);
        return (ProxyOutcome.Refused, 0);
    }

    private static bool TryRead(string target, out string host, out int port)
    {
        (host, port) = ("", 0);
        if (!Ascii.IsValid(target) || !Authority.TryRead(Encoding.ASCII.GetBytes(target), out var authority)) return false;
        (host, port) = (Authority.NormalHost(authority.Host), authority.Port);
        return authority.HasPort;
    }

    private async Task<long> RelayAsync(IDuplexPipe client, Socket server, TimeSpan idleTimeout)
    {
        using var idle = new CancellationTokenSource(idleTimeout, clock);
        var up = SendUpAsync(client.Input, server, idle, idleTimeout);
        long bytes = await SendDownAsync(client.Output, server, idle, idleTimeout).ConfigureAwait(false);
        await client.Output.CompleteAsync().ConfigureAwait(false); // what was written is sent, then the connection ends, and with it the other direction
        await up.ConfigureAwait(false);
        return bytes;
    }

    private static async Task SendUpAsync(PipeReader client, Socket server, CancellationTokenSource idle, TimeSpan idleTimeout)
    {
        try
        {
            while (true)
            {
                var read = await client.ReadAsync(idle.Token).ConfigureAwait(false);
                foreach (var piece in read.Buffer)
                {
                    for (int sent = 0; sent < piece.Length;) sent += await server.SendAsync(piece[sent..], idle.Token).ConfigureAwait(false);
                }

                client.AdvanceTo(read.Buffer.End);
                idle.CancelAfter(idleTimeout);
                if (read.IsCompleted || read.IsCanceled) break;
            }

            server.Shutdown(SocketShutdown.Send);
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            server.Close(); // one side is gone: the other direction notices
        }
    }

    private static async Task<long> SendDownAsync(PipeWriter client, Socket server, CancellationTokenSource idle, TimeSpan idleTimeout)
    {
        long sent = 0;
        try
        {
            await client.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), idle.Token).ConfigureAwait(false);
            while (true)
            {
                int read = await server.ReceiveAsync(client.GetMemory(PieceBytes), idle.Token).ConfigureAwait(false);
                if (read == 0) return sent;
                client.Advance(read);
                sent += read;
                idle.CancelAfter(idleTimeout);
                if ((await client.FlushAsync(idle.Token).ConfigureAwait(false)).IsCompleted) return sent;
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            return sent; // one side is gone, or both were silent for too long
        }
    }
}
