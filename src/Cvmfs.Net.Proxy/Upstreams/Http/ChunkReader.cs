using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Proxy.Upstreams.Http;

/// <summary>Takes the bytes out of a body that comes in chunks. Knows one way of writing a chunk; trailers are passed over.</summary>
/// <remarks>Rules from RFC 9112, section 7.1, without what it allows to be lenient about.</remarks>
internal sealed class ChunkReader
{
    private const int MaxExtensionBytes = 4096;
    private const int MaxSizeDigits = 15;

    private long _left;
    private bool _isFirst = true;

    /// <summary>Reads a piece; zero behind the last chunk and its trailers.</summary>
    /// <exception cref="UpstreamException">The connection ended early, or this is not how chunks are written.</exception>
    public async ValueTask<int> ReadAsync(HttpConnection connection, Memory<byte> buffer, string url, CancellationToken cancellationToken)
    {
        if (_left == 0)
        {
            if (!_isFirst && await ReadLineAsync(connection, url, 0).ConfigureAwait(false) != 0) throw Broken(url, "a chunk is longer than it said.");
            _isFirst = false;
            int length = await ReadLineAsync(connection, url, MaxSizeDigits + MaxExtensionBytes).ConfigureAwait(false);
            _left = SizeOf(connection.Received[..length], url);
            connection.Take(length + 2);
            if (_left == 0)
            {
                await SkipTrailersAsync(connection, url).ConfigureAwait(false);
                return 0;
            }
        }

        int wanted = (int)Math.Min(buffer.Length, _left);
        int count = Math.Min(connection.Received.Length, wanted);
        if (count > 0)
        {
            connection.Received[..count].CopyTo(buffer.Span);
            connection.Take(count);
        }
        else
        {
            count = await connection.ReceiveAsync(buffer[..wanted], cancellationToken).ConfigureAwait(false);
            if (count == 0) throw Short(url);
        }

        _left -= count;
        return count;
    }

    /// <summary>Waits for a whole line, which stays where it is unless it is the empty one that was wanted.</summary>
    private static async ValueTask<int> ReadLineAsync(HttpConnection connection, string url, int most)
    {
        while (true)
        {
            int length = connection.Received.IndexOf((byte)'\n') - 1;
            if (length >= 0 && connection.Received[length] != '\r') throw Broken(url, "a line of a chunk does not end as lines do.");
            if (length > most || (length < 0 && connection.Received.Length > most + 1)) throw Broken(url, "a line of a chunk is too long.");
            if (length >= 0)
            {
                if (most == 0) connection.Take(2);
                return length;
            }

            if (connection.Received.StartsWith("\n"u8)) throw Broken(url, "a line of a chunk does not end as lines do.");
            if (!await connection.FillAsync().ConfigureAwait(false)) throw Short(url);
        }
    }

    private static async ValueTask SkipTrailersAsync(HttpConnection connection, string url)
    {
        for (int fields = 0, bytes = 0; ; fields++)
        {
            int length = await ReadLineAsync(connection, url, AnswerHead.MaxBytes).ConfigureAwait(false);
            connection.Take(length + 2);
            bytes += length + 2;
            if (length == 0) return;
            if (bytes > AnswerHead.MaxBytes || fields >= AnswerHead.MaxFields) throw Broken(url, "the trailers do not end.");
        }
    }

    private static long SizeOf(ReadOnlySpan<byte> line, string url)
    {
        int end = line.IndexOf((byte)';');
        var digits = end < 0 ? line : line[..end];
        if (digits.Length is 0 or > MaxSizeDigits || !long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long size))
        {
            throw Broken(url, $"\"{Encoding.Latin1.GetString(digits[..Math.Min(digits.Length, 20)])}\" is no size of a chunk.");
        }

        return size;
    }

    private static UpstreamException Broken(string url, string what) => new(UpstreamFailure.Protocol, url, what);

    private static UpstreamException Short(string url) => new(UpstreamFailure.Incomplete, url, "ended before its last chunk.");
}
