namespace Cvmfs.Net.Manifests;

/// <summary>Walks the field lines of a manifest: one letter, its value, a line feed. Allocates nothing.</summary>
/// <remarks>Ends at the line <c>--</c> or at the end of the input. Empty lines are skipped; a last line without its line feed does not count.</remarks>
internal ref struct LetterReader(ReadOnlySpan<byte> document)
{
    private readonly ReadOnlySpan<byte> _document = document;
    private int _position;

    /// <summary>Byte offset of the line read last; error messages quote it.</summary>
    public int LineStart { get; private set; }

    /// <summary>Reads the next field; false when there is none.</summary>
    public bool TryRead(out byte letter, out ReadOnlySpan<byte> value)
    {
        letter = 0;
        value = default;
        while (true)
        {
            var rest = _document[_position..];
            int length = rest.IndexOf((byte)'\n');
            if (length < 0) return false;
            var line = rest[..length];
            if (line.SequenceEqual("--"u8)) return false;
            LineStart = _position;
            _position += length + 1;
            if (line.IsEmpty) continue;
            letter = line[0];
            value = line[1..];
            return true;
        }
    }
}
