using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cvmfs.Net.Proxy.Tests.Upstreams;

/// <summary>A server on loopback that answers with bytes as a test writes them, and counts connections and requests.</summary>
internal sealed class RawUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new(); // without a timer there is nothing to dispose
    private readonly Func<Conversation, Task> _talk;
    private readonly ConcurrentDictionary<Task, byte> _conversations = new();
    private readonly Task _accepting;
    private int _connections;

    /// <param name="talk">Runs once for each connection; the connection is closed when it ends.</param>
    /// <param name="address">Address to listen on; 127.0.0.1 where null.</param>
    /// <param name="port">Port to listen on; any where 0.</param>
    public RawUpstream(Func<Conversation, Task> talk, IPAddress? address = null, int port = 0)
    {
        _talk = talk;
        _listener = new TcpListener(address ?? IPAddress.Loopback, port);
        _listener.Start();
        (Port, Url) = (((IPEndPoint)_listener.LocalEndpoint).Port, new Uri($"http://{_listener.LocalEndpoint}"));
        _accepting = AcceptAsync();
    }

    /// <summary>Answers each request with the same bytes and keeps the connection.</summary>
    public RawUpstream(string answer, IPAddress? address = null, int port = 0)
        : this(
            async talk =>
            {
                while (await talk.ReadRequestAsync() is not null) await talk.SayAsync(answer);
            },
            address,
            port)
    {
    }

    public int Port { get; }

    public Uri Url { get; }

    public int Connections => Volatile.Read(ref _connections);

    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>An answer with a length.</summary>
    public static string Ok(string body, string fields = "") => $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n{fields}\r\n{body}";

    /// <summary>Closes everything; a test may do so early.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        await Task.WhenAll(_conversations.Keys);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                var talking = TalkAsync(socket);
                _conversations.TryAdd(talking, 0);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task TalkAsync(Socket socket)
    {
        await Task.Yield();
        using var owned = socket;
        try
        {
            await _talk(new Conversation(socket, this, _stop.Token));
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The other side hung up, or the test is over.
        }
    }

    /// <summary>One connection, from the server's side.</summary>
    internal sealed class Conversation(Socket socket, RawUpstream owner, CancellationToken stop)
    {
        private readonly StringBuilder _received = new();

        public CancellationToken Stop => stop;

        /// <summary>Reads one request; null when the client closed.</summary>
        public async Task<string?> ReadRequestAsync()
        {
            byte[] buffer = new byte[4096];
            while (true)
            {
                string text = _received.ToString();
                int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                if (end >= 0)
                {
                    _received.Remove(0, end + 4);
                    owner.Requests.Enqueue(text[..(end + 4)]);
                    return text[..(end + 4)];
                }

                int read = await socket.ReceiveAsync(buffer, stop);
                if (read == 0) return null;
                _received.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }

        public async Task SayAsync(string text)
        {
            byte[] bytes = Encoding.Latin1.GetBytes(text);
            for (int sent = 0; sent < bytes.Length;) sent += await socket.SendAsync(bytes.AsMemory(sent), stop);
        }

        /// <summary>Waits until the client closes, and takes what it still says.</summary>
        public async Task<bool> WaitForCloseAsync() => await ReadRequestAsync() is null;

        /// <summary>Says nothing for as long as the test runs.</summary>
        public Task BeSilentAsync() => Task.Delay(Timeout.Infinite, stop);

        /// <summary>Ends with a reset in place of a proper end.</summary>
        public void Reset() => socket.Close(0);
    }
}
