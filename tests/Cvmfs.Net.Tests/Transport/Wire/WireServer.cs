using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cvmfs.Net.Tests.Transport.Wire;

/// <summary>A server that keeps connections, and whose every answer is decided by a test: its bytes, their order, the end of the connection.</summary>
internal sealed class WireServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Line, CancellationToken, Task> _serve;
    private readonly ConcurrentQueue<string> _targets = new();
    private readonly Task _accepting;
    private int _connections;

    /// <summary>Starts.</summary>
    /// <param name="serve">What becomes of each connection; it is closed when that ends.</param>
    public WireServer(Func<Line, CancellationToken, Task> serve)
    {
        _serve = serve;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri BaseUrl => new($"http://{_listener.LocalEndpoint}");

    /// <summary>Connections accepted so far.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>All request targets, in the order in which they came.</summary>
    public IReadOnlyList<string> Targets => [.. _targets];

    /// <summary>An answer of status 200 with a body and its length.</summary>
    public static byte[] Ok(ReadOnlySpan<byte> body, string fields = "")
        => [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\n{fields}Content-Length: {body.Length}\r\n\r\n"), .. body];

    /// <summary>The same with a text.</summary>
    public static byte[] Ok(string body, string fields = "") => Ok(Encoding.ASCII.GetBytes(body), fields);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                serving.Add(ServeAsync(new Line(this, socket, Interlocked.Increment(ref _connections))));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Line line)
    {
        try
        {
            await _serve(line, _stop.Token);
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or EndOfStreamException)
        {
            // The test is over, or the client hung up.
        }
        finally
        {
            line.Socket.Dispose();
        }
    }

    /// <summary>One connection, as its server sees it.</summary>
    internal sealed class Line(WireServer server, Socket socket, int number)
    {
        private byte[] _received = [];

        /// <summary>From 1.</summary>
        public int Number { get; } = number;

        public Socket Socket { get; } = socket;

        /// <summary>Waits for a request.</summary>
        /// <returns>Its target.</returns>
        public async Task<string> NextAsync(CancellationToken cancellationToken)
        {
            byte[] buffer = new byte[8192];
            int end;
            while ((end = _received.AsSpan().IndexOf("\r\n\r\n"u8)) < 0)
            {
                int read = await Socket.ReceiveAsync(buffer, cancellationToken);
                if (read == 0) throw new EndOfStreamException();
                _received = [.. _received, .. buffer.AsSpan(0, read)];
            }

            string target = Encoding.ASCII.GetString(_received, 0, end).Split(' ')[1];
            _received = _received[(end + 4)..];
            server._targets.Enqueue(target);
            return target;
        }

        /// <summary>Whether another request has come already.</summary>
        public bool HasMore => _received.Length > 0 || Socket.Available > 0;

        public async Task SendAsync(byte[] bytes, CancellationToken cancellationToken)
        {
            for (ReadOnlyMemory<byte> rest = bytes; rest.Length > 0;) rest = rest[await Socket.SendAsync(rest, cancellationToken)..];
        }
    }
}
