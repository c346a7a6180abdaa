using Cvmfs.Net.Databases;

namespace Cvmfs.Net.Catalogs;

/// <summary>Table <c>statistics</c> of a catalog. A counter that is missing counts as 0.</summary>
/// <param name="Self">Entries of this catalog.</param>
/// <param name="Subtree">Entries of all nested catalogs below, this one excluded.</param>
public sealed record CatalogStatistics(CatalogCounters Self, CatalogCounters Subtree)
{
    private const string SelfPrefix = "self_";
    private const string SubtreePrefix = "subtree_";

    /// <summary>No entries anywhere.</summary>
    public static CatalogStatistics Empty { get; } = new(default, default);

    /// <summary>This catalog and all below.</summary>
    public CatalogCounters Total => Self + Subtree;

    /// <summary>All 24 rows of the table, in the order of the names.</summary>
    public IEnumerable<KeyValuePair<string, long>> Rows()
    {
        for (int i = 0; i < CatalogCounters.Names.Count; i++) yield return new(SelfPrefix + CatalogCounters.Names[i], Self[i]);
        for (int i = 0; i < CatalogCounters.Names.Count; i++) yield return new(SubtreePrefix + CatalogCounters.Names[i], Subtree[i]);
    }

    /// <summary>Reads the table, which catalogs have since schema 2.4. Counters that are not there are 0.</summary>
    /// <param name="file">An open catalog; used during the call only.</param>
    /// <exception cref="CvmfsFormatException">There is no such table, or it cannot be read.</exception>
    public static CatalogStatistics Read(SqliteFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        file.RequireTable("statistics", "counter", "value");
        Span<long> self = stackalloc long[CatalogCounters.Names.Count];
        Span<long> subtree = stackalloc long[CatalogCounters.Names.Count];
        using var statement = file.Prepare("SELECT CAST(counter AS TEXT), value FROM statistics");
        while (statement.Step())
        {
            string counter = statement.GetString(0);
            var values = counter.StartsWith(SelfPrefix, StringComparison.Ordinal) ? self : subtree;
            int index = IndexOf(counter);
            if (index >= 0) values[index] = statement.GetInt64Or(1, 0);
        }

        return new CatalogStatistics(CatalogCounters.From(self), CatalogCounters.From(subtree));
    }

    private static int IndexOf(string counter)
    {
        string? name = counter.StartsWith(SelfPrefix, StringComparison.Ordinal) ? counter[SelfPrefix.Length..]
            : counter.StartsWith(SubtreePrefix, StringComparison.Ordinal) ? counter[SubtreePrefix.Length..]
            : null;
        for (int i = 0; i < CatalogCounters.Names.Count; i++)
        {
            if (CatalogCounters.Names[i] == name) return i;
        }

        return -1;
    }
}
