using System.Text;

namespace Cvmfs.Net.Proxy.Tests.Security;

/// <summary>Spoils messages: bytes changed, lost, doubled or moved, and words put in that change how a message is read.</summary>
internal sealed class Mutation(int seed)
{
    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "\r\n", "\n", "\r", "\0", " ", "\t", ":", "/", "//", "/../", "%2e%2e", "%00", "%", "?", "#", "@", "[", "]", "\\", "\u00ff", "\u001b[31m", "HTTP/1.1", "HTTP/1.0", "HTTP/9.9",
            "Content-Length: 5\r\n", "Content-Length: 0\r\n", "Content-Length: -1\r\n", "Content-Length: 99999999999999999999\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: identity\r\n",
            "Connection: close\r\n", "Connection: keep-alive, Host\r\n", "Host: y\r\n", "Range: bytes=0-1,5-\r\n", "Range: bytes=-0\r\n", "Expect: 100-continue\r\n", "Upgrade: websocket\r\n",
            "Cache-Control: only-if-cached, max-age=0\r\n", "Via: 1.1 x\r\n", "HEAD ", "POST ", "CONNECT ", "0\r\n\r\n", "ffffffffffffffff\r\n", "5\r\nabcde\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\n",
        }.Select(Encoding.Latin1.GetBytes),
        [.. Enumerable.Repeat((byte)'a', 9000)],
    ];

    private readonly Random _random = new(seed);

    /// <summary>A number from 0 to one less than a bound.</summary>
    public int Next(int bound) => _random.Next(bound);

    /// <summary>A message with one to five things wrong.</summary>
    public byte[] Spoil(byte[] message)
    {
        var bytes = new List<byte>(message);
        for (int left = 1 + _random.Next(5); left > 0 && bytes.Count > 0; left--)
        {
            int at = _random.Next(bytes.Count);
            int length = Math.Min(_random.Next(1, 40), bytes.Count - at);
            switch (_random.Next(6))
            {
                case 0: bytes[at] = (byte)_random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << _random.Next(8)); break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3: bytes.InsertRange(_random.Next(bytes.Count), bytes.GetRange(at, length)); break;
                case 4: bytes.InsertRange(at, Words[_random.Next(Words.Length)]); break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
        }

        return [.. bytes];
    }
}
