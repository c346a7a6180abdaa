namespace Cvmfs.Net.Transport;

/// <summary>A part of a file.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes, at least one.</param>
public readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>Last byte, as the <c>Range</c> header counts.</summary>
    public long Last => Offset + Length - 1;
}
