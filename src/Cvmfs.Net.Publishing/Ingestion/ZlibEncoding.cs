using System.IO.Compression;
using Cvmfs.Net.Compression;

namespace Cvmfs.Net.Publishing.Ingestion;

/// <summary>zlib at a chosen level. Creating the framework's stream costs some 6 µs, which is not worth a pool.</summary>
internal static class ZlibEncoding
{
    /// <summary>Opens an encoder; disposing it ends the zlib stream and leaves the target open. Writes nothing at all for empty content.</summary>
    public static ZLibStream CreateStream(Stream target, int level)
        => new(target, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true);

    /// <summary>Encodes content that is in memory.</summary>
    public static void Encode(ReadOnlySpan<byte> content, Stream target, int level)
    {
        if (content.IsEmpty)
        {
            target.Write(ZlibCodec.EmptyContent.Span);
            return;
        }

        using var encoder = CreateStream(target, level);
        encoder.Write(content);
    }
}
