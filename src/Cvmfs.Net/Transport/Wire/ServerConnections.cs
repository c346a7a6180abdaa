using System.Net;
using System.Runtime.CompilerServices;

namespace Cvmfs.Net.Transport.Wire;

/// <summary>All connections to one server: which request goes where, how many at once, and what becomes of those whose connection ends.</summary>
internal sealed class ServerConnections
{
    /// <summary>How often a request may lose its connection before its answer begins. Neighbours' faults count, too.</summary>
    private const int MaxRepetitions = 5;

    /// <summary>After so many, the request that was next to be answered counts as the cause.</summary>
    private const int MaxOwnRepetitions = 3;

    /// <summary>Connections that a server may end in the middle of several requests, unannounced, before it is asked singly.</summary>
    private const int MaxPipelineFaults = 3;

    private const int GoodAnswersPerFault = 1_000;     // that make one fault forgotten
    private const int GoodAnswersForTrust = 100_000;   // that make pipelining be tried again

    private const int RequestsPerConnection = 16; // packets carry several of them; more connections share the line better

    private readonly HttpConnections _owner;
    private readonly HttpConnectionsOptions _options;
    private readonly List<WireConnection> _connections = [];
    private readonly Queue<WireExchange> _waiting = new();
    private readonly ConcurrencyLimit _limit;
    private int _inFlight;
    private int _depth;
    private int _pipelineFaults;
    private long _goodInARow;
    private bool _keepsConnections;
    private int _requestsPerConnection = int.MaxValue;
    private bool _isClosed;

    public ServerConnections(string host, int port, HttpConnections owner, HttpConnectionsOptions options)
    {
        (_owner, _options, _depth) = (owner, options, options.MaxPipelineDepth);
        EndPoint = IPAddress.TryParse(host.Trim('[', ']'), out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
        Name = $"http://{host}:{port}";
        _limit = new ConcurrencyLimit(
            options.MinRequestsPerServer, options.InitialRequestsPerServer, options.MaxConnectionsPerServer * options.MaxPipelineDepth, options.TimeProvider);
    }

    /// <summary>Guards the state of the server and of its connections.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Where to connect to.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>For messages.</summary>
    public string Name { get; }

    /// <summary>Requests that may be on their way.</summary>
    public int Limit
    {
        get { lock (Gate) return _limit.Current; }
    }

    private int ConnectionsWanted => Depth == 1
        ? _options.MaxConnectionsPerServer
        : Math.Min(_options.MaxConnectionsPerServer, Math.Max(4, _limit.Current / RequestsPerConnection));

    private int Depth => _keepsConnections ? _depth : 1;

    /// <summary>Sends a request as soon as there is room for it.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // one for each of millions of objects
    public async ValueTask<HttpAnswer> SendAsync(WireExchange exchange, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var link = cancellationToken.UnsafeRegister(
            static (state, token) => ((WireExchange)state!).TrySetCanceled(token), exchange);
        WireConnection? placed = null;
        lock (Gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_waiting.Count > 0 || (placed = TryPlace(exchange, WireConnection.Delivering)) is null) _waiting.Enqueue(exchange);
        }

        placed?.Flush();
        return await exchange.Task.ConfigureAwait(false);
    }

    /// <summary>Takes note of an answer, and gives its place to those who wait. Under the gate.</summary>
    /// <returns>Connections to be flushed outside of the gate; null for none.</returns>
    public List<WireConnection>? Answered(WireConnection connection, WireExchange exchange, long bytes, ResponseHead head)
    {
        bool isFull = _inFlight >= _limit.Current;
        _inFlight--;
        if (head.KeepsConnection) _keepsConnections = true;
        else if (connection.Served > 1) _requestsPerConnection = Math.Min(_requestsPerConnection, connection.Served); // its habit, such as 100 requests
        GoodAnswer();
        if (head.Status is 429 or 503) _limit.Trouble();
        else _limit.Answered(_options.TimeProvider.GetElapsedTime(exchange.SentAt), isFull);
        return Pump(connection);
    }

    /// <summary>Takes note of answers that were not what was asked for: they may have come in the wrong order.</summary>
    public void Distrust()
    {
        lock (Gate) PipelineFault();
    }

    /// <summary>Takes note of a connection's end, and sends elsewhere what was lost with it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="left">Requests without an answer, oldest first.</param>
    /// <param name="fault">Why it ended; null if that was in order.</param>
    /// <param name="hasBegun">Whether the oldest one's answer had begun.</param>
    public void Ended(WireConnection connection, List<WireExchange> left, CvmfsTransportException? fault, bool hasBegun)
    {
        List<(WireExchange Exchange, CvmfsTransportException Fault)> failed = [];
        List<WireConnection>? touched;
        lock (Gate)
        {
            _connections.Remove(connection);
            _owner.Release();
            _inFlight -= left.Count;
            if (fault is not null)
            {
                _limit.Trouble();
                // Several unanswered, or one that was sent before the last answer came: that is what a server leaves which drops what it got too early.
                bool wasPipelined = left.Count > 1 || (left.Count == 1 && connection.Served > 0 && left[0].SentAt < connection.LastAnswerAt);
                if (wasPipelined && connection.HasConnected) PipelineFault();
            }

            for (int i = 0; i < left.Count; i++)
            {
                bool mayBeRepeated = connection.HasConnected && !hasBegun && _keepsConnections && left[0].Repetitions < MaxOwnRepetitions && fault?.InnerException is not TimeoutException;
                bool isItsFault = i == 0 && fault is not null && !mayBeRepeated;
                if (isItsFault || _isClosed || ++left[i].Repetitions > MaxRepetitions)
                {
                    failed.Add((left[i], fault ?? HttpFaults.EndedEarly(left[i].Url)));
                }
                else
                {
                    _waiting.Enqueue(left[i]);
                }
            }

            // Nobody could connect: those who wait would only find out one by one.
            if (!connection.HasConnected && fault is not null && _connections.Count == 0)
            {
                while (_waiting.TryDequeue(out var waiting)) failed.Add((waiting, fault));
            }

            touched = Pump(null);
        }

        foreach (var other in touched ?? []) other.Flush();
        foreach (var (exchange, its) in failed) exchange.TrySetException(its.For(exchange.Url));
    }

    /// <summary>Closes all connections and waits for their ends.</summary>
    public async ValueTask CloseAsync()
    {
        List<WireConnection> connections;
        List<WireExchange> waiting;
        lock (Gate)
        {
            _isClosed = true;
            connections = [.. _connections];
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        foreach (var connection in connections) connection.Dispose();
        foreach (var exchange in waiting) exchange.TrySetException(new ObjectDisposedException(nameof(HttpConnections)));
        foreach (var connection in connections) await connection.Running.ConfigureAwait(false);
    }

    private List<WireConnection>? Pump(WireConnection? preferred)
    {
        List<WireConnection>? touched = null;
        while (_waiting.TryPeek(out var next))
        {
            if (next.Task.IsCompleted) // cancelled while it waited
            {
                _waiting.Dequeue();
                continue;
            }

            if (_isClosed || TryPlace(next, preferred) is not { } placed) break;
            _waiting.Dequeue();
            touched ??= [];
            if (!touched.Contains(placed)) touched.Add(placed);
        }

        return touched;
    }

    /// <summary>The connection that took the request on; null if it has to wait.</summary>
    private WireConnection? TryPlace(WireExchange exchange, WireConnection? preferred)
    {
        if (_inFlight >= _limit.Current) return null;
        int wanted = ConnectionsWanted;
        int depth = Math.Min(Depth, Math.Max(1, ((_limit.Current - 1) / wanted) + 1));
        if (preferred?.Server != this || !HasRoom(preferred, depth) || IsSurplus(preferred, wanted)) preferred = null;
        var chosen = preferred ?? LeastBusy(wanted);
        if (chosen is null || (preferred is null && chosen.Outstanding > 0)) chosen = TryOpen() ?? chosen;
        if (chosen is null || !HasRoom(chosen, depth)) return null;
        _inFlight++;
        chosen.Take(exchange);
        return chosen;
    }

    private bool HasRoom(WireConnection connection, int depth)
        => !connection.IsClosing && connection.Outstanding < depth && connection.Served + connection.Outstanding < _requestsPerConnection;

    /// <summary>Whether there are enough older ones: fewer connections with more on each make larger packets. It closes when it was idle for long.</summary>
    private bool IsSurplus(WireConnection connection, int wanted) => _connections.Count > wanted && _connections.IndexOf(connection) >= wanted;

    private WireConnection? LeastBusy(int wanted)
    {
        WireConnection? best = null;
        for (int i = 0; i < Math.Min(wanted, _connections.Count); i++)
        {
            var connection = _connections[i];
            if (HasRoom(connection, best?.Outstanding ?? int.MaxValue)) best = connection;
            if (best?.Outstanding == 0) break;
        }

        return best;
    }

    private WireConnection? TryOpen()
    {
        if (_connections.Count >= ConnectionsWanted || !_owner.TryReserve(_connections.Count == 0)) return null;
        var connection = new WireConnection(this, _options);
        _connections.Add(connection);
        connection.Start();
        return connection;
    }

    private void PipelineFault()
    {
        _goodInARow = 0;
        if (_depth == 1 || ++_pipelineFaults < MaxPipelineFaults) return;
        _depth = 1;
        _limit.SetCeiling(_options.MaxConnectionsPerServer);
    }

    private void GoodAnswer()
    {
        if (_pipelineFaults == 0) return;
        _goodInARow++;
        if (_depth > 1 && _goodInARow % GoodAnswersPerFault == 0) _pipelineFaults--;
        if (_depth > 1 || _goodInARow < GoodAnswersForTrust) return;
        _pipelineFaults = 0;
        _depth = _options.MaxPipelineDepth;
        _limit.SetCeiling(_options.MaxConnectionsPerServer * _depth);
    }
}
