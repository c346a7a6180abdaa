using System.Numerics;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>What one folder of the cache is opened with.</summary>
/// <param name="MaxBytes">Bytes its files may take.</param>
/// <param name="MaxOpenFiles">Large files that are kept open.</param>
/// <param name="Quotas">Shares of the repositories with the numbers 1, 2, …</param>
/// <param name="Names">Numbers of repositories.</param>
internal sealed record DiskSettings(long MaxBytes, int MaxOpenFiles, IReadOnlyList<RepositoryQuota> Quotas, RepositoryNumbers Names)
{
    private const long MinSegmentBytes = 256 << 10;
    private const long UsualSegmentBytes = 64 << 20;
    private const long MaxSegmentBytes = 1L << 32; // places in a segment are 32 bits
    private const int MaxSegments = 2048; // each is an open file

    /// <summary>Bytes of a segment: 64 MiB, less in a small folder, so that reclaiming one is never much of the whole; more in a very large one.</summary>
    public long SegmentBytes { get; } =
        Math.Clamp(
            (long)BitOperations.RoundUpToPowerOf2((ulong)MaxBytes / 64),
            MinSegmentBytes,
            Math.Min(MaxSegmentBytes, Math.Max(UsualSegmentBytes, (long)BitOperations.RoundUpToPowerOf2((ulong)MaxBytes / MaxSegments))));
}
