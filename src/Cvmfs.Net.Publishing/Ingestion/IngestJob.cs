using System.Buffers;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Publishing.Trees;

namespace Cvmfs.Net.Publishing.Ingestion;

/// <summary>Work for one worker: a whole file, or one chunk of a large one.</summary>
internal abstract class IngestJob;

/// <summary>A file that becomes one object; the worker opens it.</summary>
internal sealed class WholeFileJob(TreeEntry entry, FileContent content) : IngestJob
{
    public TreeEntry Entry { get; } = entry;

    public FileContent Content { get; } = content;
}

/// <summary>Bytes of a large file. The job owns the rented buffer until the worker returns it.</summary>
internal sealed class ChunkJob(ChunkedFile file, long offset, byte[] buffer, int length) : IngestJob
{
    public ChunkedFile File { get; } = file;

    public long Offset { get; } = offset;

    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, length);

    public void ReturnBuffer() => ArrayPool<byte>.Shared.Return(buffer);
}

/// <summary>Collects the chunks of one file, which finish in any order on any worker; the last one completes the entry.</summary>
internal sealed class ChunkedFile(TreeEntry entry, HashAlgorithmId algorithm, CompressionId compression, bool isExternal)
{
    private readonly Lock _lock = new();
    private readonly List<FileChunk> _chunks = [];
    private int _expected = -1;

    public TreeEntry Entry { get; } = entry;

    public bool IsExternal { get; } = isExternal;

    /// <summary>Set before the only job is queued when no cut was found: the object is a whole file, not a chunk.</summary>
    public bool IsWhole { get; set; }

    /// <summary>Records a stored chunk. True when it was the last one.</summary>
    public bool Add(FileChunk chunk)
    {
        lock (_lock)
        {
            _chunks.Add(chunk);
            return FinishIfComplete();
        }
    }

    /// <summary>Says how many chunks there are, once the file was read to its end. True when all of them are stored already.</summary>
    public bool Expect(int chunks)
    {
        lock (_lock)
        {
            _expected = chunks;
            return FinishIfComplete();
        }
    }

    private bool FinishIfComplete()
    {
        if (_chunks.Count != _expected) return false;
        _chunks.Sort(static (left, right) => left.Offset.CompareTo(right.Offset));
        Entry.Published = new PublishedContent
        {
            Size = _chunks.Sum(chunk => chunk.Size),
            Hash = IsWhole ? _chunks[0].Hash : default,
            Algorithm = algorithm,
            Compression = compression,
            IsExternal = IsExternal,
            Chunks = IsWhole ? [] : _chunks.ToArray(),
        };
        return true;
    }
}
