namespace Cvmfs.Net.Publishing.Chunking;

/// <summary>How large files are cut.</summary>
public enum ChunkingMode
{
    /// <summary>Where the content says so, so that an insertion moves few cuts; the reference's default.</summary>
    ContentDefined,

    /// <summary>Every <see cref="ChunkingOptions.AverageBytes"/> bytes.</summary>
    Fixed,

    /// <summary>Nowhere: every file is one object.</summary>
    Off,
}

/// <summary>Which files are cut into chunks, and how. The defaults are the reference's.</summary>
public sealed record ChunkingOptions
{
    /// <summary>How cuts are found.</summary>
    public ChunkingMode Mode { get; init; } = ChunkingMode.ContentDefined;

    /// <summary>Smallest chunk in bytes; a file that is not larger is never cut. Default 4 MiB.</summary>
    public int MinimumBytes { get; init; } = 4 << 20;

    /// <summary>Expected chunk in bytes; the chunk size of the fixed mode. Default 8 MiB.</summary>
    public int AverageBytes { get; init; } = 8 << 20;

    /// <summary>Largest chunk in bytes. Default 16 MiB. One buffer of this size is held per worker.</summary>
    public int MaximumBytes { get; init; } = 16 << 20;

    /// <summary>No chunks at all.</summary>
    public static ChunkingOptions None { get; } = new() { Mode = ChunkingMode.Off };

    /// <summary>Sizes above which a file is cut: the minimum, or one chunk in the fixed mode.</summary>
    internal long ThresholdBytes => Mode switch
    {
        ChunkingMode.ContentDefined => MinimumBytes,
        ChunkingMode.Fixed => AverageBytes,
        _ => long.MaxValue,
    };

    /// <summary>Longest chunk this can make.</summary>
    internal int LongestChunkBytes => Mode == ChunkingMode.Fixed ? AverageBytes : MaximumBytes;

    /// <exception cref="ArgumentException">The sizes are not in order, or too small or too large to work.</exception>
    internal void Validate()
    {
        if (Mode == ChunkingMode.Off) return;
        if (MinimumBytes < ContentDefinedCutter.WindowBytes || AverageBytes < MinimumBytes || MaximumBytes < AverageBytes || MaximumBytes > 1 << 30)
        {
            throw new ArgumentException(
                $"Chunk sizes {MinimumBytes} ≤ {AverageBytes} ≤ {MaximumBytes} must be in this order, from {ContentDefinedCutter.WindowBytes} bytes to 1 GiB.");
        }
    }

    internal IChunkCutter CreateCutter() => Mode == ChunkingMode.Fixed
        ? new FixedSizeCutter(AverageBytes)
        : new ContentDefinedCutter(MinimumBytes, AverageBytes, MaximumBytes);
}
