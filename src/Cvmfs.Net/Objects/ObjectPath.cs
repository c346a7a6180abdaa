using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Objects;

/// <summary>Key ⇄ <c>data/ab/cdef…C</c>. No other place knows this layout.</summary>
public static class ObjectPath
{
    /// <summary>The folder that holds all objects, below the repository's root.</summary>
    public const string DataFolder = "data";

    /// <summary>The folder of objects being written; never part of the content.</summary>
    public const string TransactionFolder = "data/txn";

    /// <summary>Prefix of the alternative names next to the manifest.</summary>
    public const string AlternativePrefix = ".cvmfsalt-";

    /// <summary>Path relative to the repository's root: <c>data/</c>, two digits, a slash, the rest, suffix, letter.</summary>
    public static string Of(ObjectKey key) => string.Create(TextLength(key), key, static (path, key) =>
    {
        Span<char> text = stackalloc char[ContentHash.MaxTextLength];
        key.Hash.TryFormat(text, out int length);
        "data/".CopyTo(path);
        text[..2].CopyTo(path[5..]);
        path[7] = '/';
        text[2..length].CopyTo(path[8..]);
        if (key.Suffix != ObjectSuffix.None) path[^1] = (char)key.Suffix;
    });

    /// <summary>The alternative name of an object in repositories that ask for it (manifest field <c>A</c>).</summary>
    public static string AlternativeOf(ObjectKey key) => AlternativePrefix + key;

    /// <summary>Parses a path relative to the repository's root; strict, so that nothing outside <c>data/</c> can be named.</summary>
    public static bool TryParse(ReadOnlySpan<char> path, out ObjectKey key)
    {
        key = default;
        if (path.Length < 8 || !path.StartsWith("data/") || path[7] != '/') return false;
        Span<char> text = stackalloc char[ContentHash.MaxTextLength + 1];
        int length = path.Length - 6;
        if (length > text.Length) return false;
        path[5..7].CopyTo(text);
        path[8..].CopyTo(text[2..]);
        return ObjectKey.TryParse(text[..length], out key);
    }

    private static int TextLength(ObjectKey key) => 6 + key.Hash.TextLength + (key.Suffix == ObjectSuffix.None ? 0 : 1);
}
