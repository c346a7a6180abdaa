using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Cvmfs.Net.Connections.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Connections;

/// <summary>A listening socket whose clients are served by event loops. Gives the web server only those that need it.</summary>
internal sealed class LoopListener : IConnectionListener
{
    private const int MaxWaitingHandOvers = 1024;
    private const int MaxWaitingEvictions = 64;

    private readonly Socket _socket;
    private readonly LoopServer _server;
    private readonly SocketConnectionContextFactory _contexts;
    private readonly AddressCounts _counts;
    private readonly EventLoop[] _loops;
    private readonly Channel<ConnectionContext> _handedOver = Channel.CreateBounded<ConnectionContext>(MaxWaitingHandOvers);
    private readonly bool _evictsIdle;
    private int _evictions;
    private int _toldOutOfDescriptors;

    public LoopListener(EndPoint endPoint, LoopServer server, Func<LoopLimits> limits, SocketTransportOptions sockets, ILoggerFactory loggers)
    {
        _server = server;
        _contexts = new SocketConnectionContextFactory(
            new SocketConnectionFactoryOptions { MaxReadBufferSize = sockets.MaxReadBufferSize, MaxWriteBufferSize = sockets.MaxWriteBufferSize, WaitForDataBeforeAllocatingBuffer = sockets.WaitForDataBeforeAllocatingBuffer },
            loggers.CreateLogger("Cvmfs.Net.Connections"));
        _counts = new AddressCounts(limits);
        _socket = sockets.CreateBoundListenSocket(endPoint);
        try
        {
            _socket.Listen(limits().Backlog);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(e.Message, e);
        }

        _evictsIdle = limits().EvictsIdle;
        EndPoint = _socket.LocalEndPoint!;
        NativeSocket.SetNonBlocking((int)_socket.Handle);
        _loops = [.. Enumerable.Range(0, Math.Max(1, Environment.ProcessorCount)).Select(number => new EventLoop(this, number, server, limits))];
        for (int i = 0; i < _loops.Length; i++) _loops[i].Start(i == 0 ? (int)_socket.Handle : -1);
    }

    /// <inheritdoc/>
    public EndPoint EndPoint { get; }

    /// <summary>Gives a new client to the loop that has the fewest. Where there are too many, to the one that has the most, if one of those is idle and can go.</summary>
    public void Place(ClientConnection client)
    {
        bool isFull = false;
        if (_counts.TryEnter(client.Address) || (isFull = _evictsIdle && Volatile.Read(ref _evictions) < MaxWaitingEvictions && _counts.TryReplace(client.Address)))
        {
            _server.Opened();
            if (isFull) Interlocked.Increment(ref _evictions);
            (isFull ? _loops.MaxBy(static loop => loop.Expected) : _loops.MinBy(static loop => loop.Expected))!.Expect(client, isFull);
            return;
        }

        _server.Refused();
        NativeSocket.Abort(client.Descriptor);
    }

    /// <summary>Takes note that a client has got the place of another one, or none.</summary>
    public void Evicted()
    {
        Interlocked.Decrement(ref _evictions);
        _server.Refused();
    }

    /// <summary>Takes note that a client is gone.</summary>
    public void Left(IPAddress address)
    {
        _counts.Leave(address);
        _server.Closed();
    }

    /// <summary>Takes note that connections have to wait for descriptors.</summary>
    public void OutOfDescriptors()
    {
        if (Interlocked.Exchange(ref _toldOutOfDescriptors, 1) == 0) _server.Logger.OutOfDescriptors();
    }

    /// <summary>Takes no more clients.</summary>
    public void StopListening() => _socket.Dispose();

    /// <summary>Makes a client the web server's, with the bytes that were seen of it. The descriptor is not the caller's any more.</summary>
    public void HandOver(ClientConnection client, ReadOnlyMemory<byte> seen)
    {
        var handle = new SafeSocketHandle(client.Descriptor, ownsHandle: true);
        ConnectionContext connection;
        try
        {
            connection = _contexts.Create(new Socket(handle));
        }
        catch (SocketException)
        {
            handle.Dispose(); // the client has broken it off meanwhile
            Left(client.Address);
            return;
        }

        connection.Transport = new SeenDuplex(seen, connection.Transport);
        connection.ConnectionClosed.UnsafeRegister(static state =>
        {
            var (listener, address) = ((LoopListener, IPAddress))state!;
            listener.Left(address);
        }, (this, client.Address));
        _server.HandedOver();
        if (!_handedOver.Writer.TryWrite(connection)) connection.Abort(); // too many at once; it counts as gone when it is
    }

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _handedOver.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_handedOver.Reader.TryRead(out var connection)) return connection;
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        var drained = Task.WhenAll(_loops.Select(loop => loop.DrainAsync()));
        try
        {
            await drained.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // whoever is left is cut off
        }

        _handedOver.Writer.TryComplete();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _handedOver.Writer.TryComplete();
        foreach (var loop in _loops) loop.Dispose();
        _socket.Dispose();
        while (_handedOver.Reader.TryRead(out var connection)) await connection.DisposeAsync().ConfigureAwait(false);
    }
}
