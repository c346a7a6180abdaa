namespace Cvmfs.Net.Replication.Transfer;

/// <summary>What bounds the memory of a run.</summary>
/// <param name="OpenCatalogs">Catalogs being brought or listed at once.</param>
/// <param name="OpenCatalogBytes">Decompressed bytes of those, by what their parents claim.</param>
/// <param name="LowWater">Objects ready for transfer below which more references are listed.</param>
/// <param name="BatchReferences">References read in one go.</param>
/// <param name="Listers">Workers that list at once; listing is work for the processor and the disk, not for the network.</param>
internal sealed record SchedulerLimits(int OpenCatalogs, long OpenCatalogBytes, int LowWater, int BatchReferences, int Listers)
{
    /// <summary>How often what failed for a reason that may pass is tried again after everything else.</summary>
    public int RetryRounds { get; init; } = 2;

    /// <summary>Failures that wait for that; beyond them, the next run finds what is missing when it lists.</summary>
    public int MaxPutOff { get; init; } = 10_000;

    /// <summary>Limits that fit a number of workers.</summary>
    public static SchedulerLimits For(int workers, long openCatalogBytes) => new(
        OpenCatalogs: Math.Clamp(workers, 8, 64),
        OpenCatalogBytes: openCatalogBytes,
        LowWater: Math.Max(64, 2 * workers), // a listing of one batch takes less time than these take to transfer
        BatchReferences: 256,
        Listers: Math.Max(2, Environment.ProcessorCount));
}
