using System.Text;
using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Catalogs;

// Catalogs/ reads file catalogs: what is in a directory, what a file is made of, which objects a subtree needs.
//
//   decompressed object ► SqliteFile ► Catalog ─► Find, List, GetChunks         one entry, one directory, one file
//                                          ├────► ReadAllEntries               everything, in path order
//                                          └────► ReadObjectReferences         what a replica must hold
//
// Must stay true
//   - Names are bytes. Columns are addressed by name. What a schema lacks has a stated substitute.
//   - Whatever comes out is either right or a CvmfsFormatException: the hash vouches for the bytes, not for their sense.
//   - A mountpoint lies strictly below its catalog's own root, so that walking down ends.
// May use: Hashing, Objects, Databases. Used by: Repositories, Publishing, Replication.

/// <summary>One file catalog, opened read-only. Synchronous: all work is local.</summary>
/// <remarks>Thread-safe: every call takes the catalog's one connection under a lock, for microseconds; the streaming readers take it in
/// batches. The owner disposes it after the last enumeration has ended.</remarks>
public sealed partial class Catalog : IDisposable
{
    private const long DefaultTtlSeconds = 240;

    private readonly SqliteFile _file;
    private readonly Lock _lock = new();
    private readonly CatalogRowReader _rows;
    private readonly DatabaseProperties _properties;
    private readonly Lazy<NestedCatalogTable> _nested;
    private readonly Lazy<CatalogStatistics> _statistics;
    private readonly SqliteStatement _findStatement;
    private readonly SqliteStatement _listStatement;
    private SqliteStatement? _chunksStatement;

    private Catalog(SqliteFile file, RepositoryPath mountpoint, CatalogOptions options)
    {
        _file = file;
        _properties = DatabaseProperties.Read(file);
        Schema = CatalogSchema.Read(file, _properties);
        Mountpoint = mountpoint;
        RootPrefix = ReadRootPrefix(file.Name, _properties);
        if (RootPrefix != mountpoint && !options.AllowForeignPrefix)
        {
            throw new CvmfsFormatException(file.Name, $"is the catalog of {RootPrefix}, but is mounted at {mountpoint}.");
        }

        _rows = new CatalogRowReader(file, Schema, options.OwnerOfOldEntries);
        if (Schema.HasChunks) file.RequireTable("chunks", "md5path_1", "md5path_2", "offset", "size", "hash");
        _findStatement = file.Prepare($"SELECT {_rows.Columns} FROM catalog WHERE md5path_1 = ?1 AND md5path_2 = ?2");
        _listStatement = file.Prepare($"SELECT {_rows.Columns} FROM catalog WHERE parent_1 = ?1 AND parent_2 = ?2");
        _nested = new Lazy<NestedCatalogTable>(() => Locked(() => NestedCatalogTable.Read(file, Schema, RootPrefix, Mountpoint)));
        _statistics = new Lazy<CatalogStatistics>(() => Schema.HasStatistics ? Locked(() => CatalogStatistics.Read(file)) : CatalogStatistics.Empty);
    }

    /// <summary>What error messages call this catalog.</summary>
    public string Name => _file.Name;

    /// <summary>Bytes of the database.</summary>
    public long Length => _file.Length;

    /// <summary>Version of the layout.</summary>
    public CatalogSchema Schema { get; }

    /// <summary>Where the catalog appears; all paths that go in and come out are below it.</summary>
    public RepositoryPath Mountpoint { get; }

    /// <summary>Where the catalog itself believes to be. Differs from <see cref="Mountpoint"/> below bind mountpoints only.</summary>
    public RepositoryPath RootPrefix { get; }

    /// <summary>Revision of the catalog: the manifest's for a root catalog, an own count for a nested one.</summary>
    /// <exception cref="CvmfsFormatException">The property is no number.</exception>
    public ulong Revision => _properties.GetUInt64("revision") ?? 0;

    /// <summary>Unix seconds of the commit that made this catalog; 0 if it does not say.</summary>
    /// <exception cref="CvmfsFormatException">The property is no number.</exception>
    public long LastModified => _properties.GetInt64("last_modified") ?? 0;

    /// <summary>How long clients may trust a root catalog. 240 s where it does not say.</summary>
    /// <exception cref="CvmfsFormatException">The property is no number of seconds, or beyond what a duration can be.</exception>
    public TimeSpan Ttl => _properties.GetInt64("TTL") switch
    {
        null => TimeSpan.FromSeconds(DefaultTtlSeconds),
        { } seconds and >= 0 and <= int.MaxValue => TimeSpan.FromSeconds(seconds),
        { } seconds => throw new CvmfsFormatException(Name, $"property TTL is {seconds} s."),
    };

    /// <summary>The catalog that this one replaced; the null hash for the first of its kind.</summary>
    /// <exception cref="CvmfsFormatException">The property is no hash.</exception>
    public ContentHash PreviousRevision => _properties.GetHash("previous_revision");

    /// <summary>Whether clients should drop this repository's files before others.</summary>
    public bool IsVolatile => _properties.GetText("volatile") is { } text && text != "0" && text.Length > 0;

    /// <summary>The access policy of a root catalog; null for public.</summary>
    public string? VomsAuthz => _properties.GetText("voms_authz") is { Length: > 0 } policy ? policy : null;

    /// <summary>Counters; all zero before schema 2.4.</summary>
    /// <exception cref="CvmfsFormatException">The table is missing or holds something else.</exception>
    public CatalogStatistics Statistics => _statistics.Value;

    /// <summary>Catalogs mounted here, bind mountpoints included; ordered by path. Replication and enumeration skip those with
    /// <see cref="NestedCatalog.IsBind"/>.</summary>
    /// <exception cref="CvmfsFormatException">A row is no mountpoint below this catalog, or names no hash.</exception>
    public IReadOnlyList<NestedCatalog> NestedCatalogs => _nested.Value.All;

    /// <summary>Opens a catalog from a file that nobody changes meanwhile.</summary>
    /// <param name="path">The decompressed database.</param>
    /// <param name="mountpoint">Where it is mounted; the root for a root catalog.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="CvmfsFormatException">It is no catalog, is damaged, has a schema that nobody reads, or belongs elsewhere.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Catalog Open(string path, RepositoryPath mountpoint = default, CatalogOptions? options = null)
        => Open(SqliteFile.Open(path, options?.Name), mountpoint, options);

    /// <summary>Opens a catalog from memory; the bytes are copied.</summary>
    /// <param name="image">The decompressed database.</param>
    /// <param name="mountpoint">Where it is mounted; the root for a root catalog.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="CvmfsFormatException">It is no catalog, is damaged, has a schema that nobody reads, or belongs elsewhere.</exception>
    public static Catalog Open(ReadOnlySpan<byte> image, RepositoryPath mountpoint = default, CatalogOptions? options = null)
        => Open(SqliteFile.Open(image, options?.Name ?? "catalog"), mountpoint, options);

    /// <summary>Looks up one path. Hidden entries are found.</summary>
    /// <returns>Null if this catalog has no such entry; whether a nested catalog has it, <see cref="FindNested"/> knows first.</returns>
    /// <exception cref="CvmfsFormatException">The row makes no sense, or the catalog is damaged.</exception>
    public CatalogEntry? Find(RepositoryPath path)
    {
        if (!path.IsAtOrBelow(Mountpoint)) return null;
        var hash = InnerHash(path);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_file.IsDisposed, this);
            try
            {
                if (!_findStatement.Bind(1, hash.High).Bind(2, hash.Low).Step()) return null;
                if (path != Mountpoint && !CatalogRowReader.Name(_findStatement).SequenceEqual(path.Name))
                {
                    throw new CvmfsFormatException(Name, $"the row of {path} has the name \"{Encoding.UTF8.GetString(CatalogRowReader.Name(_findStatement))}\".");
                }

                return _rows.Read(_findStatement);
            }
            finally
            {
                _findStatement.Reset();
            }
        }
    }

    /// <summary>Lists a directory, ordered by name, bytewise.</summary>
    /// <param name="directory">A directory of this catalog. A mountpoint of a nested catalog is empty here: its content is there.</param>
    /// <param name="includeHidden">Whether to list entries that clients hide.</param>
    /// <param name="cancellationToken">Ends a long listing.</param>
    /// <exception cref="CvmfsFormatException">A row makes no sense or has a name that no path can hold, or the catalog is damaged.</exception>
    public IReadOnlyList<CatalogEntry> List(RepositoryPath directory, bool includeHidden = false, CancellationToken cancellationToken = default)
    {
        if (!directory.IsAtOrBelow(Mountpoint)) return [];
        var hash = InnerHash(directory);
        using var group = ReadDirectory(hash, cancellationToken);
        var rows = group.Take(hash);
        var entries = new List<CatalogEntry>(rows.Length);
        foreach (nint row in rows)
        {
            if (includeHidden || (CatalogGroups.FlagsOf(row) & EntryFlags.Hidden) == 0) entries.Add(CatalogGroups.ToEntry(row));
        }

        return entries;
    }

    /// <summary>The chunks of a chunked file, checked: contiguous from 0, and together as long as the file.</summary>
    /// <returns>Empty for everything that is not chunked, or not there.</returns>
    /// <exception cref="CvmfsFormatException">Chunks are missing, overlap, leave gaps or have no hash.</exception>
    public IReadOnlyList<FileChunk> Chunks(RepositoryPath path) => Find(path) is { } entry ? Chunks(path, entry) : [];

    /// <summary>As <see cref="Chunks(RepositoryPath)"/>, for an entry that was looked up already.</summary>
    /// <exception cref="CvmfsFormatException">Chunks are missing, overlap, leave gaps or have no hash.</exception>
    public IReadOnlyList<FileChunk> Chunks(RepositoryPath path, CatalogEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (!entry.IsChunked || !Schema.HasChunks) return [];
        if (!entry.Flags.TryGetHashAlgorithm(out _)) throw _rows.UnknownAlgorithm(entry.Flags);
        var hash = InnerHash(path);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_file.IsDisposed, this);
            _chunksStatement ??= _file.Prepare("SELECT offset, size, hash FROM chunks WHERE md5path_1 = ?1 AND md5path_2 = ?2 ORDER BY offset");
            try
            {
                return ReadChunks(_chunksStatement.Bind(1, hash.High).Bind(2, hash.Low), path, entry);
            }
            finally
            {
                _chunksStatement.Reset();
            }
        }
    }

    /// <summary>The mountpoint that is the path or lies above it: where the path's content is. Compares whole components.</summary>
    /// <returns>Null if this catalog itself is responsible.</returns>
    public NestedCatalog? FindNested(RepositoryPath path) => _nested.Value.Find(path);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _findStatement.Dispose();
            _listStatement.Dispose();
            _chunksStatement?.Dispose();
            _file.Dispose();
        }
    }

    private static Catalog Open(SqliteFile file, RepositoryPath mountpoint, CatalogOptions? options)
    {
        try
        {
            return new Catalog(file, mountpoint, options ?? new CatalogOptions());
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static RepositoryPath ReadRootPrefix(string name, DatabaseProperties properties)
    {
        var bytes = properties.GetBytes("root_prefix");
        return RepositoryPath.TryFromBytes(bytes, out var prefix)
            ? prefix
            : throw new CvmfsFormatException(name, $"property root_prefix is \"{Encoding.UTF8.GetString(bytes)}\", not a path.");
    }

    /// <summary>The key of a path in this catalog: below a bind mountpoint, paths are those of the other catalog.</summary>
    private PathHash InnerHash(RepositoryPath path)
    {
        if (RootPrefix == Mountpoint) return path.Hash;
        byte[] inner = [.. RootPrefix.Bytes, .. path.Bytes[Mountpoint.Bytes.Length..]];
        return PathHash.Compute(inner);
    }

    /// <summary>Reads one directory into groups that hold nothing else.</summary>
    private CatalogGroups ReadDirectory(PathHash directory, CancellationToken cancellationToken)
    {
        var group = new CatalogGroups(Name);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_file.IsDisposed, this);
            try
            {
                _listStatement.Bind(1, directory.High).Bind(2, directory.Low);
                while (_listStatement.Step(cancellationToken)) group.Add(_listStatement, _rows, directory);
            }
            catch
            {
                group.Dispose();
                throw;
            }
            finally
            {
                _listStatement.Reset();
            }
        }

        return group;
    }

    private List<FileChunk> ReadChunks(SqliteStatement rows, RepositoryPath path, CatalogEntry entry)
    {
        var chunks = new List<FileChunk>();
        long end = 0;
        while (rows.Step())
        {
            var chunk = new FileChunk(rows.GetInt64(0), rows.GetInt64(1), _rows.HashOf(rows, 2, entry.Flags));
            if (chunk.Offset != end || chunk.Size < 0 || chunk.Size > entry.RawSize - end)
            {
                throw new CvmfsFormatException(Name, $"chunk {chunks.Count} of {path} is {chunk.Size} bytes at {chunk.Offset}; expected it at {end}, within {entry.RawSize}.");
            }

            if (chunk.Hash.IsNull) throw new CvmfsFormatException(Name, $"chunk {chunks.Count} of {path} has no hash.");
            end += chunk.Size;
            chunks.Add(chunk);
        }

        if (chunks.Count == 0 || end != entry.RawSize)
        {
            throw new CvmfsFormatException(Name, $"{chunks.Count} chunks of {path} hold {end} bytes; the file has {entry.RawSize}.");
        }

        return chunks;
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_file.IsDisposed, this);
            return read();
        }
    }
}
