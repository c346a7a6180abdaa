using System.Net;
using System.Net.Sockets;

namespace Cvmfs.Net.Proxy.Upstreams.Http;

/// <summary>Connects to servers by name: looks up, checks, and connects to what was checked, so that no answer of a name server leads inside.</summary>
/// <remarks>Addresses are tried one after the other, the next when one has failed or not answered for a moment; the first to answer wins (RFC 8305).</remarks>
internal sealed class Dialer(NameCache names, AddressGuard guard, TimeProvider clock)
{
    /// <summary>How long an address may be silent before the next is tried as well.</summary>
    public static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    /// <summary>Addresses of one name that are tried for one connection.</summary>
    private const int MaxAddresses = 6;

    /// <summary>Connects.</summary>
    /// <param name="host">Name or address.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="isConfigured">Whether the operator wrote this server down; otherwise its address must be public.</param>
    /// <param name="limit">Longest wait, look-up included.</param>
    /// <param name="url">For messages.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="UpstreamException">There is no connection.</exception>
    public async ValueTask<Socket> ConnectAsync(string host, int port, bool isConfigured, TimeSpan limit, string url, CancellationToken cancellationToken)
    {
        if (limit <= TimeSpan.Zero) throw new UpstreamException(UpstreamFailure.Timeout, url, "no time is left to connect.");
        using var timeout = new CancellationTokenSource(limit, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var found = await names.FindAsync(host, both.Token).ConfigureAwait(false);
            if (found.Count == 0) throw new UpstreamException(UpstreamFailure.Unresolvable, url, $"{host} has no address.");
            IPAddress[] allowed = [.. found.Where(address => guard.Allows(address, port, isConfigured))];
            if (allowed.Length == 0) throw new UpstreamException(UpstreamFailure.NotPublic, url, $"{host} has {found.Count} addresses, and none that may be reached.");
            if (allowed.Length == 1) return await ConnectAsync(allowed[0], port, both.Token).ConfigureAwait(false);
            return await RaceAsync(Interleave(allowed), port, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException ended)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new UpstreamException(UpstreamFailure.Timeout, url, $"no connection in {limit.TotalSeconds:0.#} s.", ended);
        }
        catch (SocketException refused)
        {
            throw new UpstreamException(UpstreamFailure.Unreachable, url, refused.Message, refused);
        }
    }

    /// <summary>The families by turns, so that a broken one costs one pause.</summary>
    internal static IReadOnlyList<IPAddress> Interleave(IReadOnlyList<IPAddress> addresses)
    {
        var first = addresses.Where(address => address.AddressFamily == addresses[0].AddressFamily).ToList();
        var second = addresses.Where(address => address.AddressFamily != addresses[0].AddressFamily).ToList();
        var mixed = new List<IPAddress>();
        for (int i = 0; i < Math.Max(first.Count, second.Count) && mixed.Count < MaxAddresses; i++)
        {
            if (i < first.Count) mixed.Add(first[i]);
            if (i < second.Count) mixed.Add(second[i]);
        }

        return mixed;
    }

    private async Task<Socket> RaceAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new List<Task<Socket>>();
        Socket? winner = null;
        SocketException? last = null;
        try
        {
            for (int next = 0; winner is null && (next < addresses.Count || running.Count > 0);)
            {
                if (next < addresses.Count) running.Add(ConnectAsync(addresses[next++], port, lost.Token));
                while (winner is null && running.Count > 0)
                {
                    var ended = await FirstAsync(running, next < addresses.Count, lost.Token).ConfigureAwait(false);
                    if (ended is null) break; // silent for too long: try the next as well
                    running.Remove(ended);
                    try
                    {
                        winner = await ended.ConfigureAwait(false);
                    }
                    catch (SocketException refused)
                    {
                        last = refused;
                        if (next < addresses.Count) break;
                    }
                }
            }
        }
        finally
        {
            await lost.CancelAsync().ConfigureAwait(false);
            foreach (var loser in running) _ = CloseAsync(loser);
        }

        return winner ?? throw last!;
    }

    private async Task<Task<Socket>?> FirstAsync(List<Task<Socket>> running, bool hasMore, CancellationToken cancellationToken)
    {
        var first = Task.WhenAny(running);
        if (!hasMore) return await first.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await first.WaitAsync(Stagger, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static async Task CloseAsync(Task<Socket> loser)
    {
        try
        {
            (await loser.ConfigureAwait(false)).Dispose();
        }
        catch (Exception lost) when (lost is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // It lost.
        }
    }

    private static async Task<Socket> ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, port), cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
