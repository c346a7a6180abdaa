using System.Text;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>A place in a shell fragment. Byte 0 stands for the end, which is safe because no text with it gets here.</summary>
internal ref struct ShellCursor(ReadOnlySpan<byte> text, string document)
{
    private const int MaxQuotedLength = 60;

    private readonly ReadOnlySpan<byte> _text = text;
    private int _at = 0;

    /// <summary>Line of the place, from 1.</summary>
    public int Line { get; private set; } = 1;

    public readonly string Document => document;

    public readonly bool AtEnd => _at >= _text.Length;

    public readonly byte Current => Peek(0);

    public readonly byte Peek(int ahead) => _at + ahead < _text.Length ? _text[_at + ahead] : (byte)0;

    public byte Take()
    {
        byte taken = _text[_at++];
        if (taken == '\n') Line++;
        return taken;
    }

    /// <summary>Steps over blanks and lines that go on: not over the end of a line.</summary>
    public void SkipBlanks()
    {
        while (true)
        {
            if (Current is (byte)' ' or (byte)'\t') Take();
            else if (Current == '\\' && Peek(1) == '\n') (_, _) = (Take(), Take());
            else return;
        }
    }

    /// <summary>Steps over a comment, up to the end of the line.</summary>
    public void SkipComment()
    {
        while (!AtEnd && Current != '\n') Take();
    }

    /// <summary>Reads a variable's name; empty if none begins here.</summary>
    public string TakeName()
    {
        int length = 0;
        while (IsNameByte(Peek(length), isFirst: length == 0)) length++;
        string name = Encoding.ASCII.GetString(_text.Slice(_at, length));
        _at += length;
        return name;
    }

    public static bool IsNameByte(byte c, bool isFirst) => c == '_' || (isFirst ? char.IsAsciiLetter((char)c) : char.IsAsciiLetterOrDigit((char)c));

    /// <summary>The rest of the line, shortened, for messages.</summary>
    public readonly string Rest()
    {
        var rest = _text[Math.Min(_at, _text.Length)..];
        int end = rest.IndexOf((byte)'\n');
        if (end >= 0) rest = rest[..end];
        string shown = Encoding.UTF8.GetString(rest[..Math.Min(rest.Length, MaxQuotedLength)]).TrimEnd();
        return rest.Length > MaxQuotedLength ? shown + "…" : shown;
    }

    public readonly ConfigurationException Refuse(string message) => Refuse(Line, message);

    public readonly ConfigurationException Refuse(int line, string message) => new(document, line, message);
}
