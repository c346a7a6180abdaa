using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Catalogs;

/// <summary>A piece of a chunked file.</summary>
/// <param name="Offset">Byte offset in the content.</param>
/// <param name="Size">Bytes of content.</param>
/// <param name="Hash">Hash of the stored bytes; the object has suffix P, the file's compression holds for it.</param>
public readonly record struct FileChunk(long Offset, long Size, ContentHash Hash);
