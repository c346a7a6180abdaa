using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>Which counters of a catalog a schema knows.</summary>
internal static class KnownCounters
{
    /// <summary>Whether a catalog of that schema counts it.</summary>
    public static bool Has(CatalogSchema schema, int counter) => counter switch
    {
        2 => schema.Is(2.5) && schema.Revision >= 5,
        5 or 6 or 7 or 8 => schema.Is(2.5),
        9 => schema.Is(2.5) && schema.Revision >= 2,
        10 or 11 => schema.Is(2.5) && schema.Revision >= 3,
        _ => schema.HasStatistics,
    };
}
