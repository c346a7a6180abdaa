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

    /// <summary>Seconds that clients may trust a root catalog; null to leave the property out.</summary>
    public long? TtlSeconds { get; init; }

    /// <summary>Whether clients should drop this repository's files first.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>Access policy; null for public.</summary>
    public string? VomsAuthz { get; init; }
}

/// <summary>Writes a catalog's SQLite file, in memory.</summary>
internal static class CatalogImage
{
    private const string NullHashText = "0000000000000000000000000000000000000000";

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
        using var file = SqliteFile.Create(header.RootPrefix.IsRoot ? "root catalog" : $"catalog {header.RootPrefix}");
        file.Execute("BEGIN"); // a failure throws the whole database away
        foreach (string statement in CatalogSchema.CreateStatements) file.Execute(statement);
        WriteProperties(file, header);
        self = WriteEntries(file, entries) + new CatalogCounters { Nested = nested.Count(static catalog => !catalog.IsBind) };
        WriteNested(file, nested);
        using (var counter = file.Prepare("INSERT INTO statistics (counter, value) VALUES (?1, ?2)"))
        {
            foreach (var (name, value) in new CatalogStatistics(self, subtree).Rows().OrderBy(static row => row.Key, StringComparer.Ordinal))
                counter.BindText(1, name).Bind(2, value).Run();
        }

        file.Execute("COMMIT");
        return file.ToArray();
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

    private static void WriteProperties(SqliteFile file, CatalogHeader header)
    {
        DatabaseProperties.Write(file, "schema", CatalogSchema.Current.Version.ToString("0.0", CultureInfo.InvariantCulture));
        DatabaseProperties.Write(file, "schema_revision", CatalogSchema.Current.Revision.ToString(CultureInfo.InvariantCulture));
        if (!header.RootPrefix.IsRoot)
        {
            using var prefix = file.Prepare("INSERT INTO properties (key, value) VALUES ('root_prefix', ?1)");
            prefix.BindText(1, header.RootPrefix.Bytes).Run(); // raw bytes, which need not be UTF-8
        }

        if (header.TtlSeconds is { } ttl) DatabaseProperties.Write(file, "TTL", Text(ttl));
        if (header.IsVolatile) DatabaseProperties.Write(file, "volatile", "1");
        if (header.VomsAuthz is { } policy) DatabaseProperties.Write(file, "voms_authz", policy);
        DatabaseProperties.Write(file, "last_modified", Text(header.LastModified));
        DatabaseProperties.Write(file, "revision", header.Revision.ToString(CultureInfo.InvariantCulture));
        if (header.PreviousRevision is { } previous) DatabaseProperties.Write(file, "previous_revision", previous.IsNull ? NullHashText : previous.ToString());
    }

    private static CatalogCounters WriteEntries(SqliteFile file, IReadOnlyList<PlannedEntry> entries)
    {
        using var row = file.Prepare(
            "INSERT INTO catalog (md5path_1, md5path_2, parent_1, parent_2, hardlinks, hash, size, mode, mtime, mtimens, flags, name, symlink, uid, gid, xattr) "
            + "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");
        using var chunkRow = file.Prepare("INSERT INTO chunks (md5path_1, md5path_2, offset, size, hash) VALUES (?1, ?2, ?3, ?4, ?5)");
        Span<byte> digest = stackalloc byte[ContentHash.DigestBytes];
        var counters = default(CatalogCounters);
        var parent = RepositoryPath.Root;
        var parentHash = PathHash.Root;
        foreach (var planned in entries)
        {
            var entry = planned.Entry;
            var path = planned.Path.Hash;
            if (planned.Path.IsRoot) parentHash = default;
            else if (parent != planned.Parent || parentHash == default) (parent, parentHash) = (planned.Parent, planned.Parent.Hash);

            row.Bind(1, path.High).Bind(2, path.Low).Bind(3, parentHash.High).Bind(4, parentHash.Low);
            row.Bind(5, ((long)entry.HardlinkGroup << 32) | entry.LinkCount);
            BindHash(row, 6, entry.Hash, digest);
            row.Bind(7, entry.RawSize).Bind(8, entry.Mode).Bind(9, entry.MTimeSeconds);
            if (entry.MTimeNanoseconds is { } nanoseconds) row.Bind(10, nanoseconds);
            else row.BindNull(10);
            row.Bind(11, (long)entry.Flags).BindText(12, entry.Name.Span).BindText(13, entry.SymlinkTarget.Span).Bind(14, entry.Uid).Bind(15, entry.Gid);
            if (entry.RawXattrs.IsEmpty) row.BindNull(16);
            else row.BindBlob(16, entry.RawXattrs.Span);
            row.Run();

            counters += CatalogCounters.Of(entry);
            if (planned.Chunks.Count == 0) continue;
            counters += CatalogCounters.OfChunks(planned.Chunks.Count);
            foreach (var chunk in planned.Chunks)
            {
                chunkRow.Bind(1, path.High).Bind(2, path.Low).Bind(3, chunk.Offset).Bind(4, chunk.Size);
                BindHash(chunkRow, 5, chunk.Hash, digest);
                chunkRow.Run();
            }
        }

        return counters;
    }

    private static void WriteNested(SqliteFile file, IReadOnlyList<NestedCatalog> nested)
    {
        using var catalogRow = file.Prepare("INSERT INTO nested_catalogs (path, sha1, size) VALUES (?1, ?2, ?3)");
        using var bindRow = file.Prepare("INSERT INTO bind_mountpoints (path, sha1, size) VALUES (?1, ?2, ?3)");
        foreach (var catalog in nested)
        {
            var row = catalog.IsBind ? bindRow : catalogRow;
            row.BindText(1, catalog.Mountpoint.Bytes).BindText(2, catalog.Hash.ToString()).Bind(3, catalog.Size).Run();
        }
    }

    private static void BindHash(SqliteStatement row, int parameter, ContentHash hash, Span<byte> digest)
    {
        if (hash.IsNull)
        {
            row.BindNull(parameter);
            return;
        }

        hash.CopyDigestTo(digest);
        row.BindBlob(parameter, digest);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
