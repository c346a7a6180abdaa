using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cvmfs.Net.Proxy.Tests.Connections;

/// <summary>A client that sends what a test writes, and reads no more than it is told to.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly TcpClient _socket;
    private readonly NetworkStream _stream;

    private RawClient(TcpClient socket) => (_socket, _stream) = (socket, socket.GetStream());

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<RawClient> ConnectAsync(int port, int receiveBuffer = 0)
    {
        var socket = new TcpClient { NoDelay = true };
        if (receiveBuffer > 0) socket.ReceiveBufferSize = receiveBuffer;
        await socket.ConnectAsync(IPAddress.Loopback, port, Cancelled);
        return new RawClient(socket);
    }

    /// <summary>A request as real clients send it to their proxy.</summary>
    public static string Get(string url, string more = "")
        => $"GET {url} HTTP/1.1\r\nHost: {new Uri(url).Authority}\r\nAccept: */*\r\nProxy-Connection: Keep-Alive\r\nConnection: Keep-Alive\r\nUser-Agent: cvmfs Fuse 2.12.0\r\n{more}\r\n";

    public Task SendAsync(string request) => _stream.WriteAsync(Encoding.Latin1.GetBytes(request), Cancelled).AsTask();

    /// <summary>Ends its own side, and reads on.</summary>
    public void EndItsSide() => _socket.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Reads a head, its last line included.</summary>
    public async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await ReadAsync(one);
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    /// <summary>Reads so many bytes.</summary>
    public async Task<byte[]> ReadAsync(long bytes)
    {
        byte[] read = new byte[bytes];
        await ReadAsync(read);
        return read;
    }

    /// <summary>Reads an answer with its length in the head.</summary>
    public async Task<(string Head, byte[] Body)> ReadAnswerAsync()
    {
        string head = await ReadHeadAsync();
        string length = head.Split("\r\n").Single(static line => line.StartsWith("Content-Length: ", StringComparison.Ordinal))["Content-Length: ".Length..];
        return (head, await ReadAsync(long.Parse(length, CultureInfo.InvariantCulture)));
    }

    /// <summary>Reads a body in chunks.</summary>
    public async Task<byte[]> ReadChunksAsync()
    {
        var body = new MemoryStream();
        while (true)
        {
            var line = new StringBuilder();
            while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal)) line.Append((char)(await ReadAsync(1))[0]);
            int size = int.Parse(line.ToString().Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Write(await ReadAsync(size));
            Assert.Equal("\r\n"u8.ToArray(), await ReadAsync(2));
            if (size == 0) return body.ToArray();
        }
    }

    /// <summary>Whether the other side has ended, politely or not, without another byte.</summary>
    public async Task<bool> EndsAsync()
    {
        try
        {
            return await _stream.ReadAsync(new byte[1], Cancelled) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Reads until the end or the break, or until so many bytes have come.</summary>
    /// <returns>Bytes read, and whether it was a break.</returns>
    public async Task<(long Bytes, bool IsBreak)> ReadToEndAsync(long most = long.MaxValue)
    {
        byte[] buffer = new byte[64 << 10];
        long all = 0;
        try
        {
            for (int read; all < most && (read = await _stream.ReadAsync(buffer, Cancelled)) > 0;) all += read;
            return (all, false);
        }
        catch (IOException)
        {
            return (all, true);
        }
    }

    public void Dispose() => _socket.Dispose();

    private ValueTask ReadAsync(Memory<byte> buffer) => _stream.ReadExactlyAsync(buffer, Cancelled);
}
