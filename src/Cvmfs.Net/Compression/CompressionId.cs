namespace Cvmfs.Net.Compression;

/// <summary>How an object's stored bytes were made from its content: bits 11–13 of a catalog entry's flags.</summary>
/// <remarks>Ids that are not listed are legal in a catalog; they make that one object unreadable, nothing else.</remarks>
public enum CompressionId : byte
{
    /// <summary>One complete RFC 1950 stream.</summary>
    Zlib = 0,

    /// <summary>The content itself.</summary>
    None = 1,

    /// <summary>A zstd frame; written by releases after 2.12 only.</summary>
    Zstd = 2,
}
