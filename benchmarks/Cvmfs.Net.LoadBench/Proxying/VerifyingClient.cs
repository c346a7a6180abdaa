using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Cvmfs.Net.LoadBench.Proxying;

/// <summary>One connection of a client to a forward proxy, kept as long as it lasts. The head as libcurl writes it for a CernVM-FS client.</summary>
internal sealed class VerifyingClient(IPEndPoint proxy, string origin) : IDisposable
{
    private readonly byte[] _buffer = new byte[128 << 10];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
    private Socket? _socket;
    private int _bodyAt;

    /// <summary>How an answer was.</summary>
    public enum Outcome
    {
        Right,
        Corrupt,
        Broken,
        Refused,
    }

    /// <summary>Asks for an object and reads the answer.</summary>
    /// <param name="item">The object.</param>
    /// <param name="pause">Called after each piece with the bytes so far, by a client that reads slowly.</param>
    public async Task<Outcome> GetAsync(SyntheticObjects.Item item, Func<long, Task>? pause = null)
    {
        await SendAsync(item.Path);
        var (status, length, have, closes) = await ReadHeadAsync();
        int bodyAt = _bodyAt;
        long read = 0;
        if (have > 0) Take(_buffer.AsSpan(bodyAt, have));
        read += have;
        while (length is null || read < length)
        {
            int received = await _socket!.ReceiveAsync(_buffer.AsMemory(0, (int)Math.Min(_buffer.Length, (length ?? long.MaxValue) - read)));
            if (received == 0) break;
            Take(_buffer.AsSpan(0, received));
            read += received;
            if (pause is not null) await pause(read);
        }

        byte[] digest = _hash.GetHashAndReset();
        bool isCut = length is not null && read < length;
        if (closes || length is null || isCut) Disconnect();
        if (isCut) return Outcome.Broken;

        if (status != 200) return Outcome.Refused;
        return digest.AsSpan().SequenceEqual(item.Digest) ? Outcome.Right : Outcome.Corrupt;
    }

    /// <summary>Asks for a path whose content does not matter.</summary>
    /// <returns>The status.</returns>
    public async Task<int> AskAsync(string path)
    {
        await SendAsync(path);
        var (status, length, have, _) = await ReadHeadAsync();
        for (long read = have; read < length;)
        {
            int received = await _socket!.ReceiveAsync(_buffer.AsMemory());
            if (received == 0) break;
            read += received;
        }

        return status;
    }

    /// <summary>Ends the connection, and forgets what an answer left unfinished.</summary>
    public void Disconnect()
    {
        _socket?.Dispose();
        _socket = null;
        _hash.GetHashAndReset();
    }

    public void Dispose()
    {
        Disconnect();
        _hash.Dispose();
    }

    private void Take(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    private async Task SendAsync(string path)
    {
        if (_socket is null)
        {
            _socket = new Socket(proxy.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await _socket.ConnectAsync(proxy);
        }

        string authority = origin[7..];
        int length = Encoding.ASCII.GetBytes(
            $"GET {origin}{path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: cvmfs Fuse 2.12.0\r\nAccept: */*\r\nProxy-Connection: Keep-Alive\r\nConnection: Keep-Alive\r\n\r\n", _buffer);
        await _socket.SendAsync(_buffer.AsMemory(0, length));
    }

    private async Task<(int Status, long? Length, int Have, bool Closes)> ReadHeadAsync()
    {
        for (int used = 0; ;)
        {
            int received = await _socket!.ReceiveAsync(_buffer.AsMemory(used));
            if (received == 0) throw new IOException("The connection ended inside a head.");
            used += received;
            int end = _buffer.AsSpan(0, used).IndexOf("\r\n\r\n"u8);
            if (end < 0) continue;
            string head = Encoding.ASCII.GetString(_buffer, 0, end);
            int status = int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture);
            int at = head.IndexOf("\r\nContent-Length: ", StringComparison.OrdinalIgnoreCase);
            long? length = at < 0 ? null : long.Parse(head.AsSpan(at + 18, (head.IndexOf('\r', at + 18) is var stop && stop < 0 ? head.Length : stop) - at - 18), CultureInfo.InvariantCulture);
            _bodyAt = end + 4;
            return (status, length, used - _bodyAt, head.Contains("\r\nConnection: close", StringComparison.OrdinalIgnoreCase));
        }
    }
}
