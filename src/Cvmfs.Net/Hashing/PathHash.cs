using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Cvmfs.Net.Hashing;

/// <summary>MD5 of a path's bytes in the two halves that catalogs store, each read little-endian and signed.</summary>
/// <param name="High">Column <c>md5path_1</c>: digest bytes 0–7.</param>
/// <param name="Low">Column <c>md5path_2</c>: digest bytes 8–15.</param>
public readonly record struct PathHash(long High, long Low)
{
    /// <summary>Hash of the root, whose path is the empty string. The root's own parent is <see langword="default"/>: (0, 0).</summary>
    public static PathHash Root { get; } = Compute([]);

    /// <summary>Hashes a path: empty for the root, otherwise beginning with a slash.</summary>
    public static PathHash Compute(ReadOnlySpan<byte> path)
    {
        Span<byte> digest = stackalloc byte[MD5.HashSizeInBytes];
        MD5.HashData(path, digest);
        return new PathHash(BinaryPrimitives.ReadInt64LittleEndian(digest), BinaryPrimitives.ReadInt64LittleEndian(digest[8..]));
    }

    /// <summary>Parses 32 lower-case hex digits, the form of manifest field R. False on anything else.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out PathHash hash)
    {
        hash = default;
        Span<byte> digest = stackalloc byte[MD5.HashSizeInBytes];
        if (text.Length != 2 * digest.Length || !HashText.TryReadDigits(text, digest)) return false;
        hash = new PathHash(BinaryPrimitives.ReadInt64LittleEndian(digest), BinaryPrimitives.ReadInt64LittleEndian(digest[8..]));
        return true;
    }
}
