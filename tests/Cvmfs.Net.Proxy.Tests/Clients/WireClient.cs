using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cvmfs.Net.Proxy.Tests.Clients;

/// <summary>Speaks HTTP as the client of CernVM-FS 2.12 does through a proxy: its lines in its order, on a connection that it keeps, and as
/// impatient about the answer.</summary>
/// <remarks>A status line must begin with HTTP/1. and be of at least ten bytes; an interim answer is an error; an error is not read further but
/// the connection is closed; five seconds without a kilobyte a second end it.</remarks>
internal sealed class WireClient(int proxyPort) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly byte[] _buffer = new byte[64 << 10];
    private TcpClient? _socket;
    private int _from;
    private int _to;

    /// <summary>Connections that were made.</summary>
    public int Connections { get; private set; }

    /// <summary>Fields of the last answer.</summary>
    public Dictionary<string, string> Fields { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Asks for a URL.</summary>
    /// <param name="server">The server's authority, as the proxy is to name it.</param>
    /// <param name="path">Path, escaped.</param>
    /// <param name="noCache">Whether data of an answer before was bad.</param>
    /// <param name="range">Part of an external file; null for all.</param>
    /// <param name="info">What is told of the file; null for nothing.</param>
    public async Task<(int Status, byte[] Body)> GetAsync(string server, string path, bool noCache = false, string? range = null, string? info = null)
    {
        var head = new StringBuilder($"GET http://{server}{path} HTTP/1.1\r\nHost: {server}\r\n");
        if (range is not null) head.Append(CultureInfo.InvariantCulture, $"Range: bytes={range}\r\n");
        head.Append("Accept: */*\r\nProxy-Connection: Keep-Alive\r\nConnection: Keep-Alive\r\nUser-Agent: cvmfs Fuse 2.12.0\r\n");
        if (info is not null) head.Append(CultureInfo.InvariantCulture, $"cvmfs-info: {info}\r\nX-CVMFS-PID: 4711\r\nX-CVMFS-GID: 100\r\nX-CVMFS-UID: 1000\r\n");
        if (noCache) head.Append("Pragma: no-cache\r\nCache-Control: no-cache\r\n");
        head.Append("\r\n");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        if (_socket is null)
        {
            _socket = new TcpClient { NoDelay = true };
            await _socket.ConnectAsync(IPAddress.Loopback, proxyPort, patience.Token);
            (_from, _to) = (0, 0);
            Connections++;
        }

        await _socket.Client.SendAsync(Encoding.ASCII.GetBytes(head.ToString()), patience.Token);
        int status = await ReadHeadAsync(patience.Token);
        if (status is < 200 or >= 300)
        {
            Close(); // the rest is never read
            return (status, []);
        }

        byte[] body = await ReadBodyAsync(patience);
        if (Fields.TryGetValue("Connection", out string? connection) && connection.Contains("close", StringComparison.OrdinalIgnoreCase)) Close();
        return (status, body);
    }

    public void Dispose() => Close();

    private void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private async Task<int> ReadHeadAsync(CancellationToken cancellationToken)
    {
        Fields.Clear();
        string line = await ReadLineAsync(cancellationToken);
        Assert.True(line.StartsWith("HTTP/1.", StringComparison.Ordinal) && line.Length >= 10, $"no status line: {line}");
        int status = int.Parse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture);
        while ((line = await ReadLineAsync(cancellationToken)).Length > 0)
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            Assert.True(Fields.TryAdd(line[..colon], line[(colon + 1)..].Trim()), $"{line} came twice");
        }

        Assert.False(Fields.ContainsKey("Content-Encoding"), "nothing here undoes a content coding");
        return status;
    }

    private async Task<byte[]> ReadBodyAsync(CancellationTokenSource patience)
    {
        using var body = new MemoryStream();
        if (Fields.TryGetValue("Transfer-Encoding", out string? coding))
        {
            Assert.Equal("chunked", coding);
            while (true)
            {
                int size = int.Parse(await ReadLineAsync(patience.Token), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                await CopyAsync(body, size, patience);
                Assert.Equal("", await ReadLineAsync(patience.Token));
                if (size == 0) return body.ToArray();
            }
        }

        await CopyAsync(body, int.Parse(Fields["Content-Length"], NumberStyles.None, CultureInfo.InvariantCulture), patience);
        return body.ToArray();
    }

    private async Task CopyAsync(MemoryStream body, int bytes, CancellationTokenSource patience)
    {
        while (bytes > 0)
        {
            if (_from == _to) await FillAsync(patience.Token);
            int taken = Math.Min(bytes, _to - _from);
            body.Write(_buffer, _from, taken);
            (_from, bytes) = (_from + taken, bytes - taken);
            patience.CancelAfter(Patience);
        }
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_from == _to) await FillAsync(cancellationToken);
            char next = (char)_buffer[_from++];
            if (next == '\n') return line.ToString();
            if (next != '\r') line.Append(next);
        }
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        (_from, _to) = (0, await _socket!.Client.ReceiveAsync(_buffer, cancellationToken));
        if (_to == 0) throw new IOException("The proxy closed the connection.");
    }
}
