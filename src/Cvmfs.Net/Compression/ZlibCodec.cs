using System.IO.Compression;

namespace Cvmfs.Net.Compression;

/// <summary>RFC 1950 streams, with the framework's zlib. One object is exactly one stream.</summary>
/// <remarks>Another zlib may compress the same content to other bytes, hence to another name. That is legal: nothing may ever be
/// re-compressed in order to compare.</remarks>
public static class ZlibCodec
{
    /// <summary>Level that the reference writes with; the header is then <c>78 9C</c>.</summary>
    public const int DefaultLevel = 6;

    // Empty content at level 6. The framework's stream writes nothing at all in this case.
    private static ReadOnlySpan<byte> EmptyBytes => [0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];

    /// <summary>The stored form of empty content: every empty file of a repository refers to this object.</summary>
    public static ReadOnlyMemory<byte> EmptyContent { get; } = EmptyBytes.ToArray();

    /// <summary>Compresses content that is in memory.</summary>
    public static byte[] Compress(ReadOnlySpan<byte> content)
    {
        using var stored = new MemoryStream(64 + (content.Length / 2));
        using (var compressor = OpenCompressing(stored, leaveOpen: true)) compressor.Write(content);
        return stored.ToArray();
    }

    /// <summary>Opens a stream that compresses what is written to it. Disposing it ends the zlib stream.</summary>
    /// <param name="stored">Takes the stored bytes.</param>
    /// <param name="leaveOpen">Whether <paramref name="stored"/> stays open.</param>
    public static Stream OpenCompressing(Stream stored, bool leaveOpen = false) => new ZlibWriteStream(stored, leaveOpen);

    /// <summary>Decompresses bytes that are in memory.</summary>
    /// <param name="stored">One zlib stream.</param>
    /// <param name="limits">Longest content; a number converts.</param>
    /// <param name="origin">The object, for messages.</param>
    /// <exception cref="CvmfsFormatException">Not a whole zlib stream with a right checksum, or the content is too long.</exception>
    public static byte[] Decompress(ReadOnlySpan<byte> stored, DecodingLimits limits, string origin = "object")
        => ObjectCompression.Decompress(stored, CompressionId.Zlib, limits, origin);

    internal static Stream OpenDecompressing(Stream stored, DecodingLimits limits, string origin, bool leaveOpen)
    {
        var input = new StoredInputStream(stored, origin, leaveOpen);
        return new DecodedStream(new ZLibStream(input, CompressionMode.Decompress), input, limits, origin);
    }
}
