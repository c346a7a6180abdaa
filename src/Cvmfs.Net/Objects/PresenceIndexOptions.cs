namespace Cvmfs.Net.Objects;

/// <summary>How much a <see cref="PresenceIndex"/> may hold.</summary>
public sealed record PresenceIndexOptions
{
    /// <summary>Bytes of all filters together. Default 64 MiB, which hold some 44 million objects; beyond that more questions go to the file
    /// system, and answers stay right.</summary>
    public long MemoryBytes { get; init; } = 64L << 20;
}
