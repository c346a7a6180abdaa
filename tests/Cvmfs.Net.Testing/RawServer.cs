using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cvmfs.Net.Testing;

/// <summary>A socket that answers every request with the same bytes and closes: for answers that no honest web server can be made to give.</summary>
public sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[] _answer;
    private readonly Task _serving;

    /// <summary>Starts.</summary>
    /// <param name="answer">Status line, headers, blank line, body. Latin-1; line ends are the caller's.</param>
    public RawServer(string answer)
    {
        _answer = Encoding.Latin1.GetBytes(answer);
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Such as <c>http://127.0.0.1:12345</c>.</summary>
    public Uri BaseUrl => new($"http://{_listener.LocalEndpoint}");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving; // before the listener: a closed one refuses to accept with an exception of its own
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        byte[] request = new byte[16 * 1024];
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptSocketAsync(_stop.Token);
                int got = 0;
                while (request.AsSpan(0, got).IndexOf("\r\n\r\n"u8) < 0)
                {
                    int read = await client.ReceiveAsync(request.AsMemory(got), _stop.Token);
                    if (read == 0) break;
                    got += read;
                }

                await client.SendAsync(_answer, _stop.Token);
                client.Shutdown(SocketShutdown.Both);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed, or the client hung up on an answer it did not like.
        }
    }
}
