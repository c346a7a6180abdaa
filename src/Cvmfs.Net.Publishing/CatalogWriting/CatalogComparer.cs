using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Publishing.CatalogWriting;

/// <summary>Tells whether a catalog that exists has exactly the rows of one that is planned.</summary>
internal static class CatalogComparer
{
    /// <summary>Compares entries and chunks; both sides are in path order, so one pass is enough.</summary>
    public static bool HasSameEntries(Catalog catalog, IReadOnlyList<PlannedEntry> planned, CancellationToken cancellationToken)
    {
        if (catalog.Schema != CatalogSchema.Current || catalog.Statistics.Self.Entries != planned.Count) return false;
        int index = 0;
        foreach (var (path, entry) in catalog.ReadAllEntries(cancellationToken))
        {
            if (index == planned.Count) return false;
            var other = planned[index++];
            if (path != other.Path || !IsSame(entry, other.Entry)) return false;
            if (entry.IsChunked && !catalog.Chunks(path, entry).SequenceEqual(other.Chunks)) return false;
        }

        return index == planned.Count;
    }

    /// <summary>Compares what catalogs register.</summary>
    public static bool HasSameNested(IReadOnlyList<NestedCatalog> left, IReadOnlyList<NestedCatalog> right)
    {
        if (left.Count != right.Count) return false;
        for (int i = 0; i < left.Count; i++)
        {
            if (left[i] != right[i]) return false;
        }

        return true;
    }

    private static bool IsSame(CatalogEntry left, CatalogEntry right)
        => left.Flags == right.Flags
            && left.Mode == right.Mode
            && left.Uid == right.Uid
            && left.Gid == right.Gid
            && left.RawSize == right.RawSize
            && left.MTimeSeconds == right.MTimeSeconds
            && left.MTimeNanoseconds == right.MTimeNanoseconds
            && left.LinkCount == right.LinkCount
            && left.HardlinkGroup == right.HardlinkGroup
            && left.Hash == right.Hash
            && left.Name.Span.SequenceEqual(right.Name.Span)
            && left.SymlinkTarget.Span.SequenceEqual(right.SymlinkTarget.Span)
            && left.RawXattrs.Span.SequenceEqual(right.RawXattrs.Span);
}
