using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Publishing.Trees;

/// <summary>The content of a file as a catalog records it: known once its objects are stored, or taken over from an earlier revision or a graft.</summary>
internal sealed record PublishedContent
{
    /// <summary>Bytes of content.</summary>
    public required long Size { get; init; }

    /// <summary>Hash of the whole file's object; the null hash where there are only chunks.</summary>
    public required ContentHash Hash { get; init; }

    /// <summary>Algorithm of the hash and of all chunks.</summary>
    public required HashAlgorithmId Algorithm { get; init; }

    /// <summary>Compression of the object and of all chunks.</summary>
    public required CompressionId Compression { get; init; }

    /// <summary>Whether the bytes are outside the object store.</summary>
    public bool IsExternal { get; init; }

    /// <summary>Chunks by offset; empty for a file in one piece.</summary>
    public IReadOnlyList<FileChunk> Chunks { get; init; } = [];
}
