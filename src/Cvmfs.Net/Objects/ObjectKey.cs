using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Objects;

/// <summary>Names an object: content hash and kind. A digest with and without "P" names two objects.</summary>
/// <param name="Hash">Hash of the stored bytes.</param>
/// <param name="Suffix">The kind.</param>
public readonly record struct ObjectKey(ContentHash Hash, ObjectSuffix Suffix = ObjectSuffix.None)
{
    /// <summary>The hash text with the kind's letter behind it, as in <c>.cvmfsalt-</c> names.</summary>
    public override string ToString() => Suffix == ObjectSuffix.None ? Hash.ToString() : $"{Hash}{(char)Suffix}";

    /// <summary>Parses hash text with an optional kind letter. False on anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ObjectKey key)
    {
        key = default;
        var suffix = ObjectSuffix.None;
        if (text.Length > 0 && text[^1] is 'P' or 'C' or 'H' or 'X' or 'M' or 'L')
        {
            suffix = (ObjectSuffix)text[^1];
            text = text[..^1];
        }

        if (!ContentHash.TryParse(text, out var hash)) return false;
        key = new ObjectKey(hash, suffix);
        return true;
    }
}
