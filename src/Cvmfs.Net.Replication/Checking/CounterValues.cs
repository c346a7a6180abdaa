using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>Counters of a catalog as they are counted, and which of them a schema knows.</summary>
internal static class CounterValues
{
    /// <summary>Counters in the order of <see cref="CatalogCounters.Names"/>.</summary>
    public static CatalogCounters ToCounters(ReadOnlySpan<long> values) => new()
    {
        Regular = values[0],
        Symlink = values[1],
        Special = values[2],
        Directory = values[3],
        Nested = values[4],
        Chunked = values[5],
        Chunks = values[6],
        FileSize = values[7],
        ChunkedSize = values[8],
        Xattr = values[9],
        External = values[10],
        ExternalFileSize = values[11],
    };

    /// <summary>Whether a catalog of that schema counts it.</summary>
    public static bool IsKnown(CatalogSchema schema, int counter) => counter switch
    {
        2 => schema.Is(2.5) && schema.Revision >= 5,
        5 or 6 or 7 or 8 => schema.Is(2.5),
        9 => schema.Is(2.5) && schema.Revision >= 2,
        10 or 11 => schema.Is(2.5) && schema.Revision >= 3,
        _ => schema.HasStatistics,
    };
}
