using Cvmfs.Net.Compression;

namespace Cvmfs.Net.Objects;

/// <summary>Decompresses catalogs, histories, certificates and meta info. Nothing says how these are stored; release 2.12 writes
/// zlib, later ones may write otherwise, and the first bytes tell.</summary>
public static class MetadataObject
{
    private static ReadOnlySpan<byte> ZstdMagic => [0x28, 0xb5, 0x2f, 0xfd];

    /// <summary>Guesses the compression from the first bytes.</summary>
    /// <param name="start">The first four stored bytes, or all there are.</param>
    /// <param name="suffix">The kind of object, which says what plain content would begin with.</param>
    /// <returns>zlib where nothing else fits, so that its complaint is the one that gets reported.</returns>
    public static CompressionId Guess(ReadOnlySpan<byte> start, ObjectSuffix suffix)
    {
        if (start.StartsWith(ZstdMagic)) return CompressionId.Zstd;
        byte plain = suffix switch
        {
            ObjectSuffix.Catalog or ObjectSuffix.History => (byte)'S', // "SQLite format 3"
            ObjectSuffix.Certificate => (byte)'-',                     // "-----BEGIN CERTIFICATE-----"
            ObjectSuffix.MetaInfo => (byte)'{',
            _ => 0,
        };
        return plain != 0 && !start.IsEmpty && start[0] == plain ? CompressionId.None : CompressionId.Zlib;
    }

    /// <summary>Decompresses an object that is in memory.</summary>
    /// <param name="stored">Its stored bytes, verified.</param>
    /// <param name="suffix">The kind of object.</param>
    /// <param name="limits">Longest content; a number converts.</param>
    /// <param name="origin">The object, for messages.</param>
    /// <exception cref="CvmfsFormatException">The stored bytes are damaged, end early, or make content beyond the limit.</exception>
    /// <exception cref="UnsupportedCompressionException">It is zstd and libzstd is missing.</exception>
    public static byte[] Decompress(ReadOnlySpan<byte> stored, ObjectSuffix suffix, DecodingLimits limits, string origin = "object")
        => ObjectCompression.Decompress(stored, Guess(stored, suffix), limits, origin);

    /// <summary>Decompresses an object into a stream.</summary>
    /// <param name="stored">Its stored bytes, verified; must be able to seek, because the start is looked at first.</param>
    /// <param name="suffix">The kind of object.</param>
    /// <param name="content">Takes the content.</param>
    /// <param name="limits">Longest content; a number converts.</param>
    /// <param name="origin">The object, for messages.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>Bytes of content written.</returns>
    /// <exception cref="CvmfsFormatException">The stored bytes are damaged, end early, or make content beyond the limit.</exception>
    /// <exception cref="UnsupportedCompressionException">It is zstd and libzstd is missing.</exception>
    public static async ValueTask<long> DecompressAsync(
        Stream stored, ObjectSuffix suffix, Stream content, DecodingLimits limits, string origin = "object", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stored);
        byte[] start = new byte[ZstdMagic.Length];
        int read = await stored.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        stored.Seek(-read, SeekOrigin.Current);
        var compression = Guess(start.AsSpan(0, read), suffix);
        return await ObjectCompression.DecompressAsync(stored, compression, content, limits, origin, cancellationToken).ConfigureAwait(false);
    }
}
