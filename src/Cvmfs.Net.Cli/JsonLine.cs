using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Cvmfs.Net.Cli;

/// <summary>One JSON object on one line, in the layout of Python's <c>json.dumps</c>, which the reference listings have: a blank behind
/// colons and commas, text unescaped where JSON allows.</summary>
internal sealed class JsonLine(IBufferWriter<byte> output)
{
    private bool _empty = true;

    public JsonLine Begin()
    {
        _empty = true;
        output.Write("{"u8);
        return this;
    }

    public JsonLine End()
    {
        output.Write("}"u8);
        _empty = false;
        return this;
    }

    public void EndLine()
    {
        End();
        output.Write("\n"u8);
    }

    public JsonLine Name(ReadOnlySpan<byte> name)
    {
        if (!_empty) output.Write(", "u8);
        _empty = false;
        String(name);
        output.Write(": "u8);
        return this;
    }

    public JsonLine Number(ReadOnlySpan<byte> name, Int128 value)
    {
        Name(name);
        Span<byte> digits = stackalloc byte[48];
        value.TryFormat(digits, out int length, provider: CultureInfo.InvariantCulture);
        output.Write(digits[..length]);
        return this;
    }

    public JsonLine Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> utf8)
    {
        Name(name);
        String(utf8);
        return this;
    }

    /// <summary>A property with a name that comes from the repository.</summary>
    public JsonLine Hex(ReadOnlySpan<byte> name, ReadOnlySpan<byte> bytes) => Text(name, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes)));

    public JsonLine Object(ReadOnlySpan<byte> name)
    {
        Name(name);
        return Begin();
    }

    private void String(ReadOnlySpan<byte> utf8)
    {
        output.Write("\""u8);
        if (!Utf8.IsValid(utf8)) utf8 = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8)); // JSON knows Unicode only: U+FFFD instead
        while (!utf8.IsEmpty)
        {
            int plain = utf8.IndexOfAny(s_escaped);
            if (plain < 0) plain = utf8.Length;
            output.Write(utf8[..plain]);
            utf8 = utf8[plain..];
            if (utf8.IsEmpty) break;
            Escape(utf8[0]);
            utf8 = utf8[1..];
        }

        output.Write("\""u8);
    }

    private static readonly SearchValues<byte> s_escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (byte)c), (byte)'"', (byte)'\\']);

    private void Escape(byte c)
    {
        switch (c)
        {
            case (byte)'"': output.Write("\\\""u8); break;
            case (byte)'\\': output.Write("\\\\"u8); break;
            case (byte)'\n': output.Write("\\n"u8); break;
            case (byte)'\r': output.Write("\\r"u8); break;
            case (byte)'\t': output.Write("\\t"u8); break;
            case (byte)'\b': output.Write("\\b"u8); break;
            case (byte)'\f': output.Write("\\f"u8); break;
            default:
                output.Write("\\u00"u8);
                output.Write((ReadOnlySpan<byte>)[Digit(c >> 4), Digit(c & 0xf)]);
                break;
        }

        static byte Digit(int value) => (byte)(value < 10 ? '0' + value : 'a' + value - 10);
    }
}
