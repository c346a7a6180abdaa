using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Cvmfs.Net.Proxy.Upstreams.Http;

/// <summary>The head of a server's answer: status, framing, fields. Strict wherever laxness would let two answers be taken for one.</summary>
/// <remarks>Rules from RFC 9112: sections 2.2 (line ends), 4 (status line), 5 (fields), 6 (framing).</remarks>
internal sealed class AnswerHead
{
    /// <summary>Longest head that is accepted, in bytes, its blank line included.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Most fields that are accepted.</summary>
    public const int MaxFields = 200;

    private static readonly SearchValues<byte> s_nameBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    // Everything below a blank but the tab, and DEL.
    private static readonly SearchValues<byte> s_controls = SearchValues.Create([.. Enumerable.Range(0, 32).Where(b => b != '\t').Append(127).Select(b => (byte)b)]);

    private readonly byte[] _fields;

    private AnswerHead(int status, byte[] fields) => (Status, _fields) = (status, fields);

    /// <summary>100 to 599.</summary>
    public int Status { get; }

    /// <summary>Announced length of the body; null where none is announced.</summary>
    public long? ContentLength { get; private set; }

    /// <summary>Whether the body comes in chunks.</summary>
    public bool IsChunked { get; private set; }

    /// <summary>Whether the connection may carry another answer.</summary>
    public bool KeepsConnection { get; private set; }

    /// <summary>Whether anything may follow this head before the next answer.</summary>
    /// <param name="isHead">Whether the request was HEAD, whose answers announce what they do not bring.</param>
    public bool HasBodyAfter(bool isHead) => !isHead && Status is not (204 or 304) && ContentLength != 0;

    /// <summary>Length of the head at the start of received bytes, its blank line included; 0 while it is not all there.</summary>
    public static int LengthOf(ReadOnlySpan<byte> received)
    {
        int end = received.IndexOf("\r\n\r\n"u8);
        return end < 0 ? 0 : end + 4;
    }

    /// <summary>Whether received bytes can be the beginning of an answer.</summary>
    public static bool MayBegin(ReadOnlySpan<byte> received)
    {
        var start = "HTTP/1."u8;
        return received.Length >= start.Length ? received.StartsWith(start) : start.StartsWith(received);
    }

    /// <summary>Parses a whole head.</summary>
    /// <param name="head">Up to and including the blank line.</param>
    /// <param name="flaw">What is wrong with it, where null is returned.</param>
    public static AnswerHead? Parse(ReadOnlySpan<byte> head, out string flaw)
    {
        flaw = "no status line of HTTP/1";
        int end = head.IndexOf("\r\n"u8);
        var line = head[..end];
        if (line.Length < 12 || !MayBegin(line) || line[7] is not ((byte)'0' or (byte)'1') || line[8] != ' ' || line.ContainsAny(s_controls)) return null;
        if (!Utf8Parser.TryParse(line.Slice(9, 3), out int status, out int digits) || digits != 3 || status is < 100 or > 599) return null;
        if (line.Length > 12 && line[12] != ' ') return null;

        bool isOld = line[7] == (byte)'0';
        var fields = head[(end + 2)..^2];
        var parsed = new AnswerHead(status, fields.ToArray()) { KeepsConnection = !isOld };
        int count = 0;
        for (var rest = fields; rest.Length > 0; rest = rest[(end + 2)..])
        {
            end = rest.IndexOf("\r\n"u8);
            var field = rest[..end];
            int colon = field.IndexOf((byte)':');
            flaw = "a field that is none";
            if (colon <= 0 || field[..colon].ContainsAnyExcept(s_nameBytes)) return null; // folded lines and names with blanks among them
            var value = field[(colon + 1)..].Trim(" \t"u8);
            if (value.ContainsAny(s_controls)) return null;
            flaw = $"more than {MaxFields} fields";
            if (++count > MaxFields) return null;
            if (!parsed.Take(field[..colon], value, isOld, ref flaw)) return null;
        }

        flaw = "both a length and chunks";
        return parsed.IsChunked && parsed.ContentLength is not null ? null : parsed;
    }

    /// <summary>The value of a field, those of several of one name joined by commas; null where there is none.</summary>
    public string? Find(string name)
    {
        string? found = null;
        for (ReadOnlySpan<byte> rest = _fields; rest.Length > 0;)
        {
            int end = rest.IndexOf("\r\n"u8);
            var field = rest[..end];
            rest = rest[(end + 2)..];
            if (field.Length <= name.Length || field[name.Length] != ':' || !Ascii.EqualsIgnoreCase(field[..name.Length], name)) continue;
            string value = Encoding.Latin1.GetString(field[(name.Length + 1)..].Trim(" \t"u8));
            found = found is null ? value : $"{found}, {value}";
        }

        return found;
    }

    private bool Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool isOld, ref string flaw)
    {
        switch (name.Length) // by length first: most fields are of no interest here
        {
            case 10 when Ascii.EqualsIgnoreCase(name, "Connection"u8):
                if (Names(value, "close"u8)) KeepsConnection = false;
                else if (isOld && Names(value, "keep-alive"u8)) KeepsConnection = true;
                return true;
            case 14 when Ascii.EqualsIgnoreCase(name, "Content-Length"u8):
                // Digits only, once only: what else there may stand was written to be read in two ways.
                flaw = $"the length \"{Encoding.Latin1.GetString(value)}\"";
                if (ContentLength is not null || value.Length is 0 or > 18 || value.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;
                ContentLength = Utf8Parser.TryParse(value, out long length, out _) ? length : null;
                return true;
            case 17 when Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8):
                flaw = $"the transfer coding \"{Encoding.Latin1.GetString(value)}\"";
                if (isOld || IsChunked || !Ascii.EqualsIgnoreCase(value, "chunked"u8)) return false;
                return IsChunked = true;
            default:
                return true;
        }
    }

    private static bool Names(ReadOnlySpan<byte> list, ReadOnlySpan<byte> word)
    {
        foreach (var range in list.Split((byte)','))
        {
            if (Ascii.EqualsIgnoreCase(list[range].Trim(" \t"u8), word)) return true;
        }

        return false;
    }
}
