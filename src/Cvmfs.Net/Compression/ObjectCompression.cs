// Compression/ turns stored bytes into content and back. Hashes are over stored bytes and are checked before anything here runs.
//
//   stored stream ─► StoredInputStream ─► decoder (zlib, zstd) ─► DecodedStream ─► content
//                    sees the true end                            counts, caps, names the object in errors
//
// Must stay true
//   - Content never grows past the limit that the caller took from the catalog; memory and time are bounded by it.
//   - A stream that ends early never ends normally.
//   - An unknown id fails the one object that has it.
// May use: nothing of ours. Used by: Databases, Repositories, Publishing, checks.
// Rules from: the reference's compression code and the flags of its catalogs.
using System.Buffers;

namespace Cvmfs.Net.Compression;

/// <summary>Content ⇄ stored bytes, whichever way a catalog says an object is compressed. Thread-safe.</summary>
public static class ObjectCompression
{
    // Large enough to keep the decoder in its inner loop, small enough for the shared array pool.
    private const int CopyBufferBytes = 64 * 1024;

    /// <summary>Whether objects with this id can be read here. zstd depends on the system's libzstd.</summary>
    public static bool CanRead(CompressionId compression) => compression switch
    {
        CompressionId.Zlib or CompressionId.None => true,
        CompressionId.Zstd => ZstdLibrary.IsAvailable,
        _ => false,
    };

    /// <summary>Opens the content of an object.</summary>
    /// <param name="stored">The stored bytes, read from where the stream stands.</param>
    /// <param name="compression">How they were made.</param>
    /// <param name="limits">Longest content; a number converts.</param>
    /// <param name="origin">The object, for messages.</param>
    /// <param name="leaveOpen">Whether <paramref name="stored"/> stays open when the returned stream is disposed.</param>
    /// <returns>A forward-only stream. Reading it throws <see cref="CvmfsFormatException"/> where the bytes are damaged, end early, or
    /// make content beyond the limit.</returns>
    /// <exception cref="UnsupportedCompressionException">Nobody here knows this id, or libzstd is missing.</exception>
    public static Stream OpenDecompressing(
        Stream stored, CompressionId compression, DecodingLimits limits, string origin = "object", bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(stored);
        return compression switch
        {
            CompressionId.Zlib => ZlibCodec.OpenDecompressing(stored, limits, origin, leaveOpen),
            CompressionId.None => new DecodedStream(leaveOpen ? new UnownedStream(stored) : stored, null, limits, origin),
            CompressionId.Zstd => ZstdReadStream.Open(stored, limits, origin, leaveOpen),
            _ => throw new UnsupportedCompressionException(origin, compression, "the id is unknown"),
        };
    }

    /// <summary>Decompresses into a stream.</summary>
    /// <returns>Bytes of content written.</returns>
    /// <exception cref="CvmfsFormatException">The stored bytes are damaged, end early, or make content beyond the limit.</exception>
    /// <exception cref="UnsupportedCompressionException">Nobody here knows this id, or libzstd is missing.</exception>
    public static async ValueTask<long> DecompressAsync(
        Stream stored, CompressionId compression, Stream content, DecodingLimits limits, string origin = "object", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        var decoded = OpenDecompressing(stored, compression, limits, origin, leaveOpen: true);
        await using var _ = decoded.ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBufferBytes);
        try
        {
            long length = 0;
            for (int read; (read = await decoded.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0; length += read)
            {
                await content.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }

            return length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Decompresses bytes that are in memory.</summary>
    /// <exception cref="CvmfsFormatException">The stored bytes are damaged, end early, or make content beyond the limit.</exception>
    /// <exception cref="UnsupportedCompressionException">Nobody here knows this id, or libzstd is missing.</exception>
    public static unsafe byte[] Decompress(ReadOnlySpan<byte> stored, CompressionId compression, DecodingLimits limits, string origin = "object")
    {
        var inMemory = limits with { MaxBytes = Math.Min(limits.MaxBytes, Array.MaxLength - 1) };
        fixed (byte* bytes = stored)
        {
            using Stream input = stored.IsEmpty ? new MemoryStream() : new UnmanagedMemoryStream(bytes, stored.Length); // nothing has no address
            using var decoded = OpenDecompressing(input, compression, inMemory, origin);
            return ReadToEnd(decoded, Math.Min(limits.MaxBytes, 4L * stored.Length));
        }
    }

    /// <summary>Compresses content that is in memory.</summary>
    /// <exception cref="UnsupportedCompressionException">Only zlib and none are written, which every client reads.</exception>
    public static byte[] Compress(CompressionId compression, ReadOnlySpan<byte> content) => compression switch
    {
        CompressionId.Zlib => ZlibCodec.Compress(content),
        CompressionId.None => content.ToArray(),
        _ => throw NotWritten(compression),
    };

    /// <summary>Opens a stream that compresses what is written to it; disposing it completes the stored bytes. One user at a time.</summary>
    /// <param name="stored">Takes the stored bytes.</param>
    /// <param name="compression">zlib or none.</param>
    /// <param name="leaveOpen">Whether <paramref name="stored"/> stays open.</param>
    /// <exception cref="UnsupportedCompressionException">Only zlib and none are written.</exception>
    public static Stream OpenCompressing(Stream stored, CompressionId compression, bool leaveOpen = false) => compression switch
    {
        CompressionId.Zlib => ZlibCodec.OpenCompressing(stored, leaveOpen),
        CompressionId.None => leaveOpen ? new UnownedStream(stored) : stored,
        _ => throw NotWritten(compression),
    };

    private static byte[] ReadToEnd(Stream decoded, long expected)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(expected, 256, 1 << 20));
        try
        {
            int length = 0;
            for (int read; (read = decoded.Read(buffer.AsSpan(length))) > 0;)
            {
                length += read;
                if (length < buffer.Length) continue;
                byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * buffer.Length, Array.MaxLength));
                buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }

            return buffer.AsSpan(0, length).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static UnsupportedCompressionException NotWritten(CompressionId compression)
        => new("new object", compression, "only zlib and none are written");
}
