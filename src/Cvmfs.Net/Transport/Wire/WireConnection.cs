// Wire/ is an HTTP/1.1 client for one purpose: very many small GETs to few servers.
//
//   callers ─► ServerConnections ─► WireConnection ─► socket          requests of one moment leave in one packet, several deep
//                   ▲    │limit          │
//                   │    ▼               ▼ ReceiveSlab
//            ConcurrencyLimit      ResponseHeadParser ─► HttpAnswer ─► the caller goes on, in this very loop
//
// Must stay true
//   - Answers belong to requests by order alone. A connection on which that order may be broken is closed, never mended.
//   - A request whose answer never began is sent again elsewhere, a bounded number of times: GET and HEAD may be repeated.
//   - A small answer is handed out as a part of the receive buffer, not copied; a large one goes from the socket into the reader's buffer.
//   - Only time spent waiting for the network counts as a server's silence.
// The state of all connections of a server is guarded by that server's gate; nothing is called out of it.
using System.Net;
using System.Net.Sockets;

namespace Cvmfs.Net.Transport.Wire;

/// <summary>One connection: sends requests in order, receives their answers in the same order, and hands them out.</summary>
internal sealed partial class WireConnection : IDisposable
{
    /// <summary>Longest body that is handed out whole; most objects of real repositories are shorter.</summary>
    public const int WholeBytes = 64 * 1024;

    private const int RoomToReceive = 16 * 1024; // with less than this left, the rest is moved to the front

    private const int BusyRequests = 8; // with fewer, each leaves at once

    [ThreadStatic]
    private static WireConnection? t_delivering;

    private readonly ServerConnections _server;
    private readonly HttpConnectionsOptions _options;
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Queue<WireExchange> _outstanding = new();
    private readonly ITimer _timer;

    private byte[] _unsent = new byte[4096];
    private byte[] _leaving = new byte[4096];
    private int _unsentBytes;
    private int _unsentRequests;
    private bool _isSending;
    private Task _sending = Task.CompletedTask;
    private volatile bool _isDelivering;
    private bool _hasTimedOut;
    private bool _hasEnded;

    private ReceiveSlab _slab = new();
    private int _start;
    private int _end;
    private long _windowBytes;
    private TimeSpan _windowWaited;

    public WireConnection(ServerConnections server, HttpConnectionsOptions options)
    {
        (_server, _options) = (server, options);
        _timer = options.TimeProvider.CreateTimer(
            static connection => ((WireConnection)connection!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The connection whose loop is handing out an answer on this thread.</summary>
    public static WireConnection? Delivering => t_delivering;

    /// <summary>The server.</summary>
    public ServerConnections Server => _server;

    /// <summary>Requests that wait for their answer. Under the gate.</summary>
    public int Outstanding => _outstanding.Count;

    /// <summary>Answers received so far. Under the gate.</summary>
    public int Served { get; private set; }

    /// <summary>Timestamp of the last answer. Under the gate.</summary>
    public long LastAnswerAt { get; private set; }

    /// <summary>Whether there ever was a connection. Under the gate.</summary>
    public bool HasConnected { get; private set; }

    /// <summary>Whether it takes no more requests. Under the gate.</summary>
    public bool IsClosing { get; private set; }

    /// <summary>The loop; never fails.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Begins to connect.</summary>
    public void Start() => Running = RunAsync();

    /// <summary>Takes a request on. Under the gate; <see cref="Flush"/> follows outside of it.</summary>
    public void Take(WireExchange exchange)
    {
        _outstanding.Enqueue(exchange);
        exchange.SentAt = _options.TimeProvider.GetTimestamp();
        int needed = _unsentBytes + exchange.RequestBytes;
        if (needed > _unsent.Length) Array.Resize(ref _unsent, Math.Max(needed, 2 * _unsent.Length));
        _unsentBytes += exchange.Write(_unsent.AsSpan(_unsentBytes));
        _unsentRequests++;
        if (_outstanding.Count == 1) _timer.Change(HasConnected ? _options.StallTimeout : _options.ConnectTimeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sends what was taken on, unless the loop is about to do that anyway.</summary>
    public void Flush()
    {
        if (t_delivering == this || !BeginSending()) return;
        _sending = SendAsync(); // never fails: what it meets, the loop meets on the socket
    }

    /// <summary>Ends the connection from outside; its loop gives back what is outstanding.</summary>
    public void Dispose() => _socket.Dispose();

    private async Task RunAsync()
    {
        await Task.Yield(); // not inside the gate of whoever starts it
        CvmfsTransportException? fault = null;
        bool hasBegun = false;
        try
        {
            await ConnectAsync().ConfigureAwait(false);
            while (true)
            {
                if (BeginSending()) await SendAsync().ConfigureAwait(false);
                hasBegun = false;
                if (Current() is not { } exchange)
                {
                    if (!await WaitIdleAsync().ConfigureAwait(false)) break;
                    continue;
                }

                hasBegun = _end > _start;
                if (!hasBegun)
                {
                    if (await ReceiveAsync(exchange.Url, isBody: false).ConfigureAwait(false) == 0) throw HttpFaults.EndedEarly(exchange.Url);
                    hasBegun = true;
                }

                var head = await ReadHeadAsync(exchange).ConfigureAwait(false);
                if (head.Status < 200) continue;
                await DeliverAsync(exchange, head).ConfigureAwait(false);
                if (!head.KeepsConnection) break;
            }
        }
        catch (CvmfsTransportException e)
        {
            fault = e;
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            fault = FaultOf(e, Current()?.Url ?? _server.Name);
        }

        List<WireExchange> left;
        lock (_server.Gate)
        {
            IsClosing = _hasEnded = true;
            left = [.. _outstanding];
            _outstanding.Clear();
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        _socket.Dispose();
        await _sending.ConfigureAwait(false);
        _slab.Release();
        _server.Ended(this, left, fault, hasBegun);
    }

    private async ValueTask ConnectAsync()
    {
        using var timeout = new CancellationTokenSource(_options.ConnectTimeout, _options.TimeProvider);
        try
        {
            await _socket.ConnectAsync(_server.EndPoint, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            throw new CvmfsTransportException(_server.Name, "no connection in time.", isTransient: true, innerException: e) { Fault = TransferFault.Connection };
        }
        catch (SocketException e)
        {
            throw HttpFaults.NotConnected(_server.Name, e);
        }

        lock (_server.Gate)
        {
            HasConnected = true;
            if (_outstanding.Count > 0) _timer.Change(_options.StallTimeout, Timeout.InfiniteTimeSpan);
        }
    }

    private WireExchange? Current()
    {
        lock (_server.Gate) return _outstanding.TryPeek(out var exchange) ? exchange : null;
    }

    private bool BeginSending()
    {
        lock (_server.Gate)
        {
            // On a busy connection, half of what is outstanding stays on the way while the other half gathers: one packet, and one wake-up at
            // either end, for several requests.
            bool isWorthAPacket = _unsentRequests > 0 && (_outstanding.Count < BusyRequests || 2 * _unsentRequests >= _outstanding.Count);
            return !_isSending && !_hasEnded && HasConnected && isWorthAPacket && (_isSending = true);
        }
    }

    private async Task SendAsync()
    {
        while (true)
        {
            ReadOnlyMemory<byte> batch;
            lock (_server.Gate)
            {
                if (_unsentBytes == 0)
                {
                    _isSending = false;
                    return;
                }

                (_unsent, _leaving) = (_leaving, _unsent);
                batch = _leaving.AsMemory(0, _unsentBytes);
                (_unsentBytes, _unsentRequests) = (0, 0);
            }

            try
            {
                while (batch.Length > 0) batch = batch[await _socket.SendAsync(batch, SocketFlags.None).ConfigureAwait(false)..];
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                _socket.Dispose(); // the loop finds out where it receives, and knows what is lost
                return;
            }
        }
    }

    /// <summary>False when the server closed the connection or it was idle for too long.</summary>
    private async ValueTask<bool> WaitIdleAsync()
    {
        lock (_server.Gate)
        {
            if (_outstanding.Count > 0) return true;
            _timer.Change(_options.IdleTimeout, Timeout.InfiniteTimeSpan);
        }

        if (_end > _start) return false;
        int read = await _socket.ReceiveAsync(ReserveRoom(), SocketFlags.None).ConfigureAwait(false);
        _end += read;
        if (Current() is { } exchange) return read > 0 ? true : throw HttpFaults.EndedEarly(exchange.Url);
        return false; // closed, or bytes that nobody asked for: whose answer they would be taken for is not to be found out
    }

    private async ValueTask<ResponseHead> ReadHeadAsync(WireExchange exchange)
    {
        while (true)
        {
            if (TryReadHead(exchange.Url, out var head)) return head!;
            if (await ReceiveAsync(exchange.Url, isBody: false).ConfigureAwait(false) == 0) throw HttpFaults.EndedEarly(exchange.Url);
        }
    }

    private bool TryReadHead(string url, out ResponseHead? head)
    {
        head = null;
        var received = _slab.Buffer.AsSpan(_start, _end - _start);
        if (!ResponseHeadParser.MayBeHttp(received)) throw HttpFaults.NotHttp(url);
        int length = ResponseHeadParser.LengthOf(received);
        if (length > ResponseHeadParser.MaxHeadBytes || (length == 0 && received.Length > ResponseHeadParser.MaxHeadBytes)) throw HttpFaults.HeadTooLarge(url);
        if (length == 0) return false;
        head = ResponseHeadParser.Parse(received[..length]) ?? throw HttpFaults.NotHttp(url);
        _start += length;
        (_windowBytes, _windowWaited) = (0, TimeSpan.Zero);
        return true;
    }

    /// <summary>Receives more behind what is there. Zero when the server ended the connection.</summary>
    private async ValueTask<int> ReceiveAsync(string url, bool isBody)
    {
        // Inside a body each piece is waited for anew; the head as a whole must come in time.
        if (isBody) _timer.Change(_options.StallTimeout, Timeout.InfiniteTimeSpan);
        long began = isBody ? _options.TimeProvider.GetTimestamp() : 0;
        int read = await _socket.ReceiveAsync(ReserveRoom(), SocketFlags.None).ConfigureAwait(false);
        _end += read;
        if (isBody && read > 0) JudgeSpeed(read, _options.TimeProvider.GetElapsedTime(began), url);
        return read;
    }

    private Memory<byte> ReserveRoom()
    {
        if (_start == _end && !_slab.IsShared) (_start, _end) = (0, 0);
        if (_slab.Buffer.Length - _end < RoomToReceive)
        {
            int rest = _end - _start;
            if (_slab.IsShared)
            {
                var next = new ReceiveSlab();
                _slab.Buffer.AsSpan(_start, rest).CopyTo(next.Buffer);
                _slab.Release();
                _slab = next;
            }
            else
            {
                _slab.Buffer.AsSpan(_start, rest).CopyTo(_slab.Buffer);
            }

            (_start, _end) = (0, rest);
        }

        return _slab.Buffer.AsMemory(_end);
    }

    private void JudgeSpeed(int read, TimeSpan waited, string url)
    {
        _windowBytes += read;
        _windowWaited += waited;
        if (_windowWaited < _options.StallTimeout) return;
        if (_windowBytes < _options.MinBytesPerSecond * _windowWaited.TotalSeconds)
        {
            throw HttpFaults.TooSlow(url, _windowBytes, _windowWaited, _options.MinBytesPerSecond);
        }

        (_windowBytes, _windowWaited) = (0, TimeSpan.Zero);
    }

    private void OnTimer()
    {
        lock (_server.Gate)
        {
            if (IsClosing) return;
            if (_outstanding.Count > 0 && _isDelivering)
            {
                _timer.Change(_options.StallTimeout, Timeout.InfiniteTimeSpan); // we are slow, not the server
                return;
            }

            _hasTimedOut = _outstanding.Count > 0;
        }

        _socket.Dispose();
    }

    private CvmfsTransportException FaultOf(Exception fault, string url)
        => _hasTimedOut ? HttpFaults.Stalled(url, _options.StallTimeout) : HttpFaults.FromException(url, fault);
}
