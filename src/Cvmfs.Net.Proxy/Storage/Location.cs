namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Where on disk an object is.</summary>
/// <param name="Segment">Number of the segment; 0 for a file of its own.</param>
/// <param name="Offset">Where in the segment its bytes begin.</param>
internal readonly record struct Location(uint Segment, uint Offset)
{
    /// <summary>Objects from this length on have a file of their own.</summary>
    public const int OwnFileBytes = 64 << 10;

    private const int Block = 4096;

    /// <summary>Whether it has a file of its own.</summary>
    public bool IsOwnFile => Segment == 0;

    /// <summary>Bytes that an object of a length takes on disk.</summary>
    public static long CostOf(long length) => length >= OwnFileBytes ? (length + Block - 1) / Block * Block : SegmentRecord.BytesOf((int)length);
}
