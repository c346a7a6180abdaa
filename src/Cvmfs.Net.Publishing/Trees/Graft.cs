using System.Globalization;
using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Publishing.Trees;

/// <summary>Reads <c>.cvmfsgraft-</c> files: size, hash and chunks of a file whose bytes are not here.</summary>
internal static class Graft
{
    private const string NullChecksum = "0000000000000000000000000000000000000000";

    /// <summary>Parses the lines of a graft.</summary>
    /// <param name="path">The graft file, for messages.</param>
    /// <param name="text">Its content.</param>
    /// <param name="isExternal">Whether the bytes are outside the store, which is the publisher's setting.</param>
    /// <exception cref="CvmfsPublishException">A value is missing or wrong.</exception>
    public static PublishedContent Parse(RepositoryPath path, ReadOnlySpan<byte> text, bool isExternal)
    {
        long? size = null;
        string? checksum = null;
        var compression = CompressionId.Zlib;
        string[]? offsets = null;
        string[]? hashes = null;
        foreach (string line in Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] == '#') continue;
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) throw Wrong(path, $"\"{line}\" is no key=value");
            string value = line[(equals + 1)..].Trim();
            switch (line[..equals].Trim())
            {
                case "size": size = Number(path, "size", value); break;
                case "checksum": checksum = value; break;
                case "compression": compression = Compression(path, value); break;
                case "chunk_offsets": offsets = value.Split(','); break;
                case "chunk_checksums": hashes = value.Split(','); break;
                default: throw Wrong(path, $"\"{line}\" has an unknown key");
            }
        }

        if (size is not { } bytes) throw Wrong(path, "size is missing");
        if (checksum is null) throw Wrong(path, "checksum is missing");
        var hash = checksum == NullChecksum ? default : Hash(path, checksum);
        var chunks = Chunks(path, bytes, offsets, hashes);
        if (hash.IsNull && chunks.Length == 0) throw Wrong(path, "there is neither a checksum nor chunks");
        var algorithm = chunks.Length > 0 ? chunks[0].Hash.Algorithm : hash.Algorithm;
        if (chunks.Any(chunk => chunk.Hash.Algorithm != algorithm) || (!hash.IsNull && hash.Algorithm != algorithm))
            throw Wrong(path, "the hashes are of different algorithms, which a catalog cannot say of one file");
        return new PublishedContent { Size = bytes, Hash = hash, Algorithm = algorithm, Compression = compression, IsExternal = isExternal, Chunks = chunks };
    }

    private static FileChunk[] Chunks(RepositoryPath path, long size, string[]? offsets, string[]? hashes)
    {
        if (offsets is null && hashes is null) return [];
        if (offsets?.Length != hashes?.Length) throw Wrong(path, $"{offsets?.Length ?? 0} chunk offsets but {hashes?.Length ?? 0} chunk checksums");
        var chunks = new FileChunk[offsets!.Length];
        for (int i = 0; i < chunks.Length; i++)
        {
            long offset = Number(path, "chunk offset", offsets[i].Trim());
            long end = i + 1 < chunks.Length ? Number(path, "chunk offset", offsets[i + 1].Trim()) : size;
            if (i == 0 && offset != 0) throw Wrong(path, $"the first chunk begins at {offset}, not at 0");
            if (end <= offset) throw Wrong(path, $"the chunk at {offset} ends at {end}");
            chunks[i] = new FileChunk(offset, end - offset, Hash(path, hashes![i].Trim()));
        }

        return chunks;
    }

    private static CompressionId Compression(RepositoryPath path, string value) => value switch
    {
        "none" => CompressionId.None,
        "zlib" or "default" => CompressionId.Zlib,
        _ => throw Wrong(path, $"compression \"{value}\" is neither none nor zlib"),
    };

    private static long Number(RepositoryPath path, string what, string text)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : throw Wrong(path, $"{what} \"{text}\" is no number of bytes");

    private static ContentHash Hash(RepositoryPath path, string text)
        => ContentHash.TryParse(text, out var hash) && !hash.IsNull ? hash : throw Wrong(path, $"\"{text}\" is no content hash");

    private static CvmfsPublishException Wrong(RepositoryPath path, string message) => CvmfsPublishException.At(path, $"invalid graft: {message}.");
}
