using System.Buffers.Text;
using System.Text;

namespace Cvmfs.Net.Transport.Wire;

/// <summary>Reads the head of an HTTP/1 answer. Strict where laxness would let two answers be mistaken for each other.</summary>
/// <remarks>Rules from RFC 9112: sections 2.2 (line ends), 4 (status line), 5 (fields), 6 (framing).</remarks>
internal static class ResponseHeadParser
{
    /// <summary>Longest head that is accepted, in bytes.</summary>
    public const int MaxHeadBytes = 32 * 1024;

    /// <summary>Length of the head at the start of a buffer, with its blank line; 0 if it is not all there.</summary>
    public static int LengthOf(ReadOnlySpan<byte> received)
    {
        int end = received.IndexOf("\r\n\r\n"u8);
        return end < 0 ? 0 : end + 4;
    }

    /// <summary>Whether bytes received so far can be the beginning of an answer.</summary>
    public static bool MayBeHttp(ReadOnlySpan<byte> received)
    {
        var start = "HTTP/1."u8;
        return received.Length >= start.Length ? received.StartsWith(start) : start.StartsWith(received);
    }

    /// <summary>Parses a whole head, blank line included.</summary>
    /// <returns>Null when it is not HTTP/1.</returns>
    public static ResponseHead? Parse(ReadOnlySpan<byte> head)
    {
        int end = head.IndexOf("\r\n"u8);
        var line = head[..end];
        if (line.Length < 12 || !MayBeHttp(line) || line[8] != ' ') return null;
        if (!Utf8Parser.TryParse(line.Slice(9, 3), out int status, out int digits) || digits != 3 || status is < 100 or > 599) return null;
        if (line.Length > 12 && line[12] != ' ') return null;

        bool isOld = line[7] == (byte)'0';
        var parsed = new ResponseHead { Status = status, KeepsConnection = !isOld };
        for (var rest = head[(end + 2)..]; rest.Length > 2; rest = rest[(end + 2)..])
        {
            end = rest.IndexOf("\r\n"u8);
            var field = rest[..end];
            int colon = field.IndexOf((byte)':');
            if (colon <= 0 || field[..colon].IndexOfAny(" \t"u8) >= 0) return null; // neither folding nor names with blanks
            Take(parsed, field[..colon], Trim(field[(colon + 1)..]), isOld);
        }

        // Both at once is how one answer is made to look like two; what was meant cannot be known.
        if (parsed.IsChunked && (parsed.ContentLength is not null || parsed.BadLength is not null)) parsed.BadLength ??= "chunked and with a length";
        return parsed;
    }

    private static void Take(ResponseHead head, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool isOld)
    {
        // By length first: most fields of most answers are of no interest.
        switch (name.Length)
        {
            case 8 when Is(name, "Location"u8):
                head.Location = Text(value);
                break;
            case 10 when Is(name, "Connection"u8):
                if (Has(value, "close"u8)) head.KeepsConnection = false;
                else if (isOld && Has(value, "keep-alive"u8)) head.KeepsConnection = true;
                break;
            case 11 when Is(name, "Retry-After"u8):
                head.RetryAfter = Text(value);
                break;
            case 12 when Is(name, "Proxy-Status"u8):
                head.IsProxyComplaint |= Has(value, "error="u8);
                break;
            case 13 when Is(name, "Content-Range"u8):
                head.ContentRange = Text(value);
                break;
            case 13 when Is(name, "X-Squid-Error"u8):
                head.IsProxyComplaint = true;
                break;
            case 14 when Is(name, "Content-Length"u8):
                TakeLength(head, value);
                break;
            case 16 when Is(name, "Content-Encoding"u8):
                if (value.Length > 0 && !Is(value, "identity"u8)) head.ContentEncoding = Text(value);
                break;
            case 17 when Is(name, "Transfer-Encoding"u8):
                if (Is(value, "chunked"u8) && !head.IsChunked) head.IsChunked = true;
                else head.BadLength ??= "transfer coding " + Text(value);
                break;
        }
    }

    private static void TakeLength(ResponseHead head, ReadOnlySpan<byte> value)
    {
        bool isNumber = value.Length > 0 && value.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            && Utf8Parser.TryParse(value, out long length, out int digits) && digits == value.Length;
        if (!isNumber || head.ContentLength is not null) head.BadLength = head.ContentLength is { } first ? $"{first}, {Text(value)}" : Text(value);
        else if (Utf8Parser.TryParse(value, out length, out _)) head.ContentLength = length;
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> expected) => Ascii.EqualsIgnoreCase(text, expected);

    private static bool Has(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word)
    {
        for (int at = 0; at + word.Length <= text.Length; at++)
        {
            if (Is(text.Slice(at, word.Length), word)) return true;
        }

        return false;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value) => value.Trim(" \t"u8);

    private static string Text(ReadOnlySpan<byte> value) => Encoding.Latin1.GetString(value);
}
