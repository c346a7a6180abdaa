using System.Globalization;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Publishing.CatalogWriting;

/// <summary>The properties of a catalog to be.</summary>
internal sealed record CatalogHeader
{
    /// <summary>Where it is mounted; the empty root for the root catalog.</summary>
    public required RepositoryPath RootPrefix { get; init; }

    /// <summary>Own count of rewrites; the repository's revision in the root catalog.</summary>
    public required ulong Revision { get; init; }

    /// <summary>Unix seconds of this commit.</summary>
    public required long LastModified { get; init; }

    /// <summary>The catalog that this one replaces; the null hash for a new nested catalog, null to leave the property out.</summary>
    public ContentHash? PreviousRevision { get; init; }

    /// <summary>How long clients may trust a root catalog; null to leave the property out.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>Whether clients should drop this repository's files first.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>Access policy; null for public.</summary>
    public string? VomsAuthz { get; init; }
}

/// <summary>Writes a catalog's SQLite file, in memory.</summary>
internal static class CatalogImage
{
    /// <summary>Writes schema, rows, properties and counters.</summary>
    /// <param name="header">Properties.</param>
    /// <param name="entries">Rows in path order, so that a directory's entries are neighbours in the file.</param>
    /// <param name="nested">What is mounted here, ordered by path.</param>
    /// <param name="subtree">Counters of everything below.</param>
    /// <param name="self">Counters of this catalog.</param>
    /// <returns>The file.</returns>
    public static byte[] Write(
        CatalogHeader header, IReadOnlyList<PlannedEntry> entries, IReadOnlyList<NestedCatalog> nested, CatalogCounters subtree, out CatalogCounters self)
    {
        using var writer = CatalogWriter.Create(header.RootPrefix);
        var counters = new CatalogCounters { Nested = nested.Count(static catalog => !catalog.IsBind) };
        writer.Transact(() =>
        {
            WriteProperties(writer, header);
            foreach (var planned in entries)
            {
                writer.Put(planned.Path, planned.Entry);
                counters += CatalogCounters.Of(planned.Entry);
                if (planned.Chunks.Count == 0) continue;
                writer.PutChunks(planned.Path, planned.Chunks);
                counters += CatalogCounters.OfChunks(planned.Chunks.Count);
            }

            foreach (var catalog in nested) writer.PutNested(catalog);
            writer.SetStatistics(new CatalogStatistics(counters, subtree));
        });
        self = counters;
        return writer.ToArray();
    }

    /// <summary>Republishes a root catalog under a new revision.</summary>
    public static byte[] Renew(ReadOnlySpan<byte> image, ulong revision, ContentHash previous, long lastModified)
    {
        using var file = SqliteFile.OpenWritable(image, "root catalog");
        file.Transact(() =>
        {
            DatabaseProperties.Write(file, "last_modified", Text(lastModified));
            DatabaseProperties.Write(file, "revision", revision.ToString(CultureInfo.InvariantCulture));
            DatabaseProperties.Write(file, "previous_revision", previous.ToString());
        });
        return file.ToArray();
    }

    private static void WriteProperties(CatalogWriter writer, CatalogHeader header)
    {
        if (header.Ttl is { } ttl) writer.SetTtl(ttl);
        if (header.IsVolatile) writer.SetProperty("volatile", "1");
        if (header.VomsAuthz is { } policy) writer.SetProperty("voms_authz", policy);
        writer.SetProperty("last_modified", Text(header.LastModified));
        writer.SetRevision(header.Revision);
        if (header.PreviousRevision is { } previous) writer.SetPreviousRevision(previous);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
