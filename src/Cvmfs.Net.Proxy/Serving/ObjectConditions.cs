using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Proxy.Serving;

/// <summary>Conditions of requests for objects. Their tag is the name, which proves the bytes: the same for every server and proxy.</summary>
internal static class ObjectConditions
{
    /// <summary>Longest tag.</summary>
    public const int MaxTagLength = ContentHash.MaxTextLength + 2;

    /// <summary>The tag of an object.</summary>
    public static string TagOf(in ContentHash hash) => $"\"{hash}\"";

    /// <summary>Whether a client that names these tags has the object already.</summary>
    /// <param name="ifNoneMatch">Value of If-None-Match; null or empty where there is none.</param>
    /// <param name="hash">The object.</param>
    public static bool IsKnown(ReadOnlySpan<char> ifNoneMatch, in ContentHash hash)
    {
        var rest = ifNoneMatch.Trim(" \t");
        if (rest.IsEmpty) return false;
        if (rest is "*") return true;
        Span<char> tag = stackalloc char[MaxTagLength];
        int length = Write(tag, hash);
        foreach (var part in rest.Split(','))
        {
            var one = rest[part].Trim(" \t");
            if (one.StartsWith("W/")) one = one[2..]; // weak comparison, as for GET
            if (one.SequenceEqual(tag[..length])) return true;
        }

        return false;
    }

    /// <summary>Whether a part may be sent to a client that asks for one of this very object only.</summary>
    /// <param name="ifRange">Value of If-Range; null or empty where there is none.</param>
    /// <param name="hash">The object.</param>
    public static bool AllowsPart(ReadOnlySpan<char> ifRange, in ContentHash hash)
    {
        if (ifRange.IsEmpty) return true;
        Span<char> tag = stackalloc char[MaxTagLength];
        return ifRange.SequenceEqual(tag[..Write(tag, hash)]);
    }

    private static int Write(Span<char> tag, in ContentHash hash)
    {
        tag[0] = '"';
        hash.TryFormat(tag[1..], out int length);
        tag[length + 1] = '"';
        return length + 2;
    }
}
