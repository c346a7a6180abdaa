using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Repositories;

/// <summary>A run of a file's content that is fetched and verified as one: a chunk, or the whole file.</summary>
/// <param name="Offset">Byte offset in the content.</param>
/// <param name="Size">Bytes of content.</param>
/// <param name="Key">The object; for external data its hash alone counts.</param>
internal readonly record struct FilePiece(long Offset, long Size, ObjectKey Key)
{
    /// <summary>Offset of the first byte behind it.</summary>
    public long End => Offset + Size;
}
