using System.Globalization;
using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Catalogs;

/// <summary>Makes a catalog of the current schema: rows, properties and counters in memory, taken out as bytes.</summary>
/// <remarks>It stores what it is told: which entry belongs into which catalog, and what the counters are, the caller decides. Not
/// thread-safe. The owner disposes it. Put many changes into one <see cref="Transact"/>.</remarks>
public sealed class CatalogWriter : IDisposable
{
    private readonly SqliteFile _file;
    private readonly SqliteStatement _put;
    private readonly SqliteStatement _remove;
    private readonly SqliteStatement _putChunk;
    private readonly SqliteStatement _removeChunks;

    private CatalogWriter(SqliteFile file)
    {
        _file = file;
        _put = file.Prepare(
            "INSERT OR REPLACE INTO catalog (md5path_1, md5path_2, parent_1, parent_2, hardlinks, hash, size, mode, mtime, mtimens, flags, name, symlink, uid, gid, xattr) "
            + "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");
        _remove = file.Prepare("DELETE FROM catalog WHERE md5path_1 = ?1 AND md5path_2 = ?2");
        _putChunk = file.Prepare("INSERT INTO chunks (md5path_1, md5path_2, offset, size, hash) VALUES (?1, ?2, ?3, ?4, ?5)");
        _removeChunks = file.Prepare("DELETE FROM chunks WHERE md5path_1 = ?1 AND md5path_2 = ?2");
    }

    /// <summary>Begins an empty catalog; a nested one records its mountpoint as its prefix.</summary>
    /// <param name="mountpoint">Where it will be mounted; the root for a root catalog.</param>
    public static CatalogWriter Create(RepositoryPath mountpoint = default)
    {
        var file = SqliteFile.Create("catalog");
        file.Transact(() =>
        {
            foreach (string statement in CatalogSchema.CreateStatements) file.Execute(statement);
            DatabaseProperties.Write(file, "schema", CatalogSchema.Current.Version.ToString("0.0", CultureInfo.InvariantCulture));
            DatabaseProperties.Write(file, "schema_revision", CatalogSchema.Current.Revision.ToString(CultureInfo.InvariantCulture));
            if (!mountpoint.IsRoot)
            {
                using var prefix = file.Prepare("INSERT INTO properties (key, value) VALUES ('root_prefix', ?1)");
                prefix.BindText(1, mountpoint.Bytes).Run();
            }

            WriteStatistics(file, CatalogStatistics.Empty);
        });
        return new CatalogWriter(file);
    }

    /// <summary>Takes over an existing catalog of the current schema, to be changed. The bytes are copied.</summary>
    /// <exception cref="CvmfsFormatException">It is no catalog, is damaged, or has another schema.</exception>
    public static CatalogWriter Open(ReadOnlySpan<byte> image, string name = "catalog")
    {
        using (var distrusted = Catalog.Open(image, default, new CatalogOptions { Name = name, AllowForeignPrefix = true }))
        {
            if (!distrusted.Schema.HasNanoseconds) throw new CvmfsFormatException(name, $"catalog schema {distrusted.Schema.Version} revision {distrusted.Schema.Revision}; only 2.5 from revision 7 on can be changed.");
        }

        return new CatalogWriter(SqliteFile.OpenWritable(image, name));
    }

    /// <summary>Makes several changes at once.</summary>
    public void Transact(Action changes) => _file.Transact(changes);

    /// <summary>Adds an entry or replaces the one at the path. Chunks are left alone.</summary>
    /// <remarks>The hash bits of the flags are taken from the entry as they are: see <see cref="EntryFlagsExtensions.With"/>.</remarks>
    public void Put(RepositoryPath path, CatalogEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var hash = path.Hash;
        var parent = path.IsRoot ? default : path.Parent.Hash;
        _put.Bind(1, hash.High).Bind(2, hash.Low).Bind(3, parent.High).Bind(4, parent.Low)
            .Bind(5, ((long)entry.HardlinkGroup << 32) | entry.LinkCount)
            .Bind(7, entry.RawSize).Bind(8, entry.Mode).Bind(9, entry.MTimeSeconds).Bind(11, (int)entry.Flags)
            .BindText(12, path.Name).BindText(13, entry.SymlinkTarget.Span).Bind(14, entry.Uid).Bind(15, entry.Gid);
        BindHash(_put, 6, entry.Hash);
        if (entry.MTimeNanoseconds is { } nanoseconds) _put.Bind(10, nanoseconds);
        else _put.BindNull(10);
        if (entry.RawXattrs.IsEmpty) _put.BindNull(16);
        else _put.BindBlob(16, entry.RawXattrs.Span);
        _put.Run();
    }

    /// <summary>Removes an entry and its chunks.</summary>
    /// <returns>False if there was none.</returns>
    public bool Remove(RepositoryPath path)
    {
        var hash = path.Hash;
        _removeChunks.Bind(1, hash.High).Bind(2, hash.Low).Run();
        _remove.Bind(1, hash.High).Bind(2, hash.Low).Run();
        return _file.Changes > 0;
    }

    /// <summary>Replaces the chunks of a file; none removes them.</summary>
    public void PutChunks(RepositoryPath path, IEnumerable<FileChunk> chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        var hash = path.Hash;
        _removeChunks.Bind(1, hash.High).Bind(2, hash.Low).Run();
        foreach (var chunk in chunks)
        {
            _putChunk.Bind(1, hash.High).Bind(2, hash.Low).Bind(3, chunk.Offset).Bind(4, chunk.Size);
            BindHash(_putChunk, 5, chunk.Hash);
            _putChunk.Run();
        }
    }

    /// <summary>Registers a nested catalog or a bind mountpoint, or replaces its hash and size.</summary>
    public void PutNested(NestedCatalog nested)
    {
        using var statement = _file.Prepare($"INSERT OR REPLACE INTO {TableOf(nested.IsBind)} (path, sha1, size) VALUES (?1, ?2, ?3)");
        statement.BindText(1, nested.Mountpoint.Bytes).BindText(2, nested.Hash.IsNull ? "" : nested.Hash.ToString()).Bind(3, nested.Size).Run();
    }

    /// <summary>Removes a nested catalog or bind mountpoint from the register.</summary>
    /// <returns>False if it was not there.</returns>
    public bool RemoveNested(RepositoryPath mountpoint, bool isBind = false)
    {
        using var statement = _file.Prepare($"DELETE FROM {TableOf(isBind)} WHERE path = ?1");
        statement.BindText(1, mountpoint.Bytes).Run();
        return _file.Changes > 0;
    }

    /// <summary>Sets a property; null removes it.</summary>
    public void SetProperty(string key, string? value)
    {
        if (value is not null)
        {
            DatabaseProperties.Write(_file, key, value);
            return;
        }

        using var statement = _file.Prepare("DELETE FROM properties WHERE key = ?1");
        statement.BindText(1, key).Run();
    }

    /// <summary>Sets <c>revision</c>.</summary>
    public void SetRevision(ulong revision) => SetProperty("revision", revision.ToString(CultureInfo.InvariantCulture));

    /// <summary>Sets <c>last_modified</c>.</summary>
    public void SetLastModified(DateTimeOffset instant) => SetProperty("last_modified", instant.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));

    /// <summary>Sets <c>previous_revision</c>; the null hash, as the first version of a nested catalog has it, is stored as zeros.</summary>
    public void SetPreviousRevision(ContentHash previous) => SetProperty("previous_revision", previous.ToString());

    /// <summary>Sets <c>TTL</c>.</summary>
    public void SetTtl(TimeSpan ttl) => SetProperty("TTL", ((long)ttl.TotalSeconds).ToString(CultureInfo.InvariantCulture));

    /// <summary>Writes all 24 counters.</summary>
    public void SetStatistics(CatalogStatistics statistics) => WriteStatistics(_file, statistics);

    /// <summary>Squeezes out free pages, as after many removals. Not within <see cref="Transact"/>.</summary>
    public void Compact() => _file.Execute("VACUUM");

    /// <summary>The database, to be compressed and stored.</summary>
    public byte[] ToArray() => _file.ToArray();

    /// <inheritdoc/>
    public void Dispose()
    {
        _put.Dispose();
        _remove.Dispose();
        _putChunk.Dispose();
        _removeChunks.Dispose();
        _file.Dispose();
    }

    private static string TableOf(bool isBind) => isBind ? "bind_mountpoints" : "nested_catalogs";

    private static void BindHash(SqliteStatement statement, int parameter, ContentHash hash)
    {
        if (hash.IsNull)
        {
            statement.BindNull(parameter);
            return;
        }

        Span<byte> digest = stackalloc byte[ContentHash.DigestBytes];
        hash.CopyDigestTo(digest);
        statement.BindBlob(parameter, digest);
    }

    private static void WriteStatistics(SqliteFile file, CatalogStatistics statistics)
    {
        using var statement = file.Prepare("INSERT OR REPLACE INTO statistics (counter, value) VALUES (?1, ?2)");
        foreach (var (counter, value) in statistics.Rows()) statement.BindText(1, counter).Bind(2, value).Run();
    }
}
