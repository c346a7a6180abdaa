namespace Cvmfs.Net.Compression;

/// <summary>What a decoder puts up with.</summary>
/// <param name="MaxBytes">Longest content in bytes; what the catalog says, wherever it says it. It is what stands between us and a decompression bomb.</param>
/// <param name="RefuseTrailingBytes">Whether bytes behind the end of a zlib stream or zstd frame are an error. Readers tolerate them, as the
/// reference does, since the object's hash has fixed them; whoever checks what was written asks for this.</param>
public readonly record struct DecodingLimits(long MaxBytes, bool RefuseTrailingBytes = false)
{
    /// <summary>No bound on the content: for local tools that trust their input.</summary>
    public static DecodingLimits None { get; } = new(long.MaxValue);

    /// <summary>A bare number bounds the content.</summary>
    public static implicit operator DecodingLimits(long maxBytes) => new(maxBytes);

    /// <summary>A bare number bounds the content.</summary>
    public static DecodingLimits FromInt64(long maxBytes) => new(maxBytes);
}
