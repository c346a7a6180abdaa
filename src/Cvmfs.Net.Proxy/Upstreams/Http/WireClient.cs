// Upstreams/Http/ speaks HTTP/1.1 with servers and parents: GET and HEAD over kept connections, one request at a time on each.
//
//   RequestText ─► ConnectionPool ─► HttpConnection ─► AnswerHead ─► WireAnswer (length, ChunkReader, or to the end)
//                      └ Dialer ◄─ NameCache, AddressGuard
//
// Must stay true
//   - What can be read in two ways is refused, and its connection closed: no answer is ever taken for that to another request.
//   - A body that ends before it should throws; it never just ends.
//   - A connection comes back with nothing received and nothing owed, or not at all.
// Rules from: RFC 9112 (framing), 8305 (several addresses).
using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Cvmfs.Net.Proxy.Upstreams.Http;

/// <summary>Sends requests over own connections. Thread-safe.</summary>
internal sealed class WireClient : IDisposable
{
    /// <summary>Interim answers to one request that are passed over.</summary>
    private const int MaxInterim = 8;

    private static readonly TimeSpan s_sweepEvery = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(string Host, int Port, bool IsConfigured), ConnectionPool> _pools = new();
    private readonly Dialer _dialer;
    private readonly int _maxConnections;
    private readonly TimeProvider _clock;
    private readonly ITimer _sweeper;

    /// <param name="dialer">Makes connections.</param>
    /// <param name="maxConnections">Connections to one host and port at once.</param>
    /// <param name="clock">Source of time.</param>
    public WireClient(Dialer dialer, int maxConnections, TimeProvider clock)
    {
        (_dialer, _maxConnections, _clock) = (dialer, maxConnections, clock);
        _sweeper = clock.CreateTimer(static client => ((WireClient)client!).Sweep(), this, s_sweepEvery, s_sweepEvery);
    }

    /// <summary>Connections that are open or being opened.</summary>
    public int Open => _pools.Values.Sum(pool => pool.Open);

    /// <summary>Connections that wait for a request.</summary>
    public int Idle => _pools.Values.Sum(pool => pool.Idle);

    /// <summary>Requests that wait for a connection.</summary>
    public int Waiting => _pools.Values.Sum(static pool => pool.Waiting);

    /// <summary>Connections to a server that carry a request or are being opened for one.</summary>
    public int BusyWith(Uri server) => _pools.Where(pool => pool.Key.Port == server.Port && pool.Key.Host == server.IdnHost).Sum(static pool => pool.Value.Busy);

    /// <summary>Sends a request and reads the head of the answer.</summary>
    /// <param name="attempt">What is asked of whom.</param>
    /// <param name="request">The bytes to send.</param>
    /// <param name="limits">How long things may take.</param>
    /// <param name="cancellationToken">Cancels the whole exchange, body included.</param>
    /// <exception cref="UpstreamException">There is no answer.</exception>
    public async ValueTask<WireAnswer> SendAsync(UpstreamAttempt attempt, RequestText request, WireLimits limits, CancellationToken cancellationToken)
    {
        var next = attempt.Via ?? attempt.Server;
        var pool = PoolOf(next.IdnHost, next.Port, attempt.IsConfigured || attempt.Via is not null);
        long began = _clock.GetTimestamp();
        for (bool again = false; ; again = true)
        {
            var connection = await pool.RentAsync(again, limits.Head - _clock.GetElapsedTime(began), limits.Connect, attempt.Url, cancellationToken).ConfigureAwait(false);
            var left = limits.Head - _clock.GetElapsedTime(began);
            var registration = cancellationToken.UnsafeRegister(static aborted => ((HttpConnection)aborted!).Abort(), connection);
            bool wasUsed = connection.WasUsed;
            try
            {
                // A new connection that speaks first would have its words taken for the answer.
                if (!wasUsed && !connection.IsQuiet()) throw new UpstreamException(UpstreamFailure.Protocol, attempt.Url, "the server spoke before it was asked, or closed.");
                await connection.SendAsync(request, left > TimeSpan.Zero ? left : TimeSpan.Zero).ConfigureAwait(false);
                var head = await ReadHeadAsync(connection, attempt.Url).ConfigureAwait(false);
                connection.Disarm();
                if (connection.Received.Length > 0 && !head.HasBodyAfter(request.IsHead)) throw new UpstreamException(UpstreamFailure.Protocol, attempt.Url, "bytes came that nobody asked for.");
                return new WireAnswer(attempt, head, request.IsHead, connection, pool, limits.Idle, registration);
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException or UpstreamException)
            {
                bool closedMeanwhile = wasUsed && !again && !connection.HasReceived;
                registration.Dispose();
                pool.Discard(connection);
                cancellationToken.ThrowIfCancellationRequested();
                var reason = fault as UpstreamException ?? connection.Explain(fault, attempt.Url);
                if (closedMeanwhile && reason.Failure == UpstreamFailure.Incomplete) continue; // the server closed while we began; not the request's fault
                throw reason;
            }
        }
    }

    public void Dispose()
    {
        _sweeper.Dispose();
        foreach (var pool in _pools.Values) pool.Dispose();
    }

    private ConnectionPool PoolOf(string host, int port, bool isConfigured)
        => _pools.TryGetValue((host, port, isConfigured), out var pool)
            ? pool
            : _pools.GetOrAdd((host, port, isConfigured), key => new ConnectionPool(key.Host, key.Port, key.IsConfigured, _dialer, _maxConnections, _clock));

    private static async ValueTask<AnswerHead> ReadHeadAsync(HttpConnection connection, string url)
    {
        for (int interim = 0; ; interim++)
        {
            var head = await ReadOneHeadAsync(connection, url).ConfigureAwait(false);
            if (head.Status >= 200) return head;
            if (head.Status == 101 || interim >= MaxInterim) throw new UpstreamException(UpstreamFailure.Protocol, url, $"answered {head.Status}, which was not asked for.");
        }
    }

    private static async ValueTask<AnswerHead> ReadOneHeadAsync(HttpConnection connection, string url)
    {
        while (true)
        {
            int length = AnswerHead.LengthOf(connection.Received);
            if (Math.Max(length, length == 0 ? connection.Received.Length : 0) > AnswerHead.MaxBytes)
            {
                throw new UpstreamException(UpstreamFailure.Protocol, url, $"the head is longer than {AnswerHead.MaxBytes} bytes.");
            }

            if (length > 0)
            {
                var head = AnswerHead.Parse(connection.Received[..length], out string flaw) ?? throw new UpstreamException(UpstreamFailure.Protocol, url, $"the head has {flaw}.");
                connection.Take(length);
                return head;
            }

            if (!AnswerHead.MayBegin(connection.Received)) throw new UpstreamException(UpstreamFailure.Protocol, url, "the answer is not HTTP/1.");
            if (!await connection.FillAsync().ConfigureAwait(false)) throw new UpstreamException(UpstreamFailure.Incomplete, url, "closed before the head ended.");
        }
    }

    private void Sweep()
    {
        foreach (var (key, pool) in _pools)
        {
            pool.Sweep();
            if (pool.Open == 0 && _pools.TryRemove(new(key, pool))) pool.Dispose(); // whoever still holds it gets connections for one use
        }
    }
}
