using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>The tables of a catalog, row by row as they are. Unlike the library's reader it refuses no row for what is in it: that is what a check is for.</summary>
/// <remarks>Not thread-safe. One statement of each kind at a time.</remarks>
internal sealed class CatalogRows : IDisposable
{
    private const EntryFlags OldFlags = (EntryFlags)0x3f; // all that schemas before 2.1 define

    private readonly SqliteFile _file;
    private readonly SqliteStatement _find;
    private readonly SqliteStatement _list;
    private readonly SqliteStatement _any;
    private readonly SqliteStatement? _chunks;

    /// <summary>Takes a database over.</summary>
    /// <exception cref="CvmfsFormatException">It is no catalog, or of a schema that nobody reads.</exception>
    public CatalogRows(SqliteFile file)
    {
        _file = file;
        var properties = DatabaseProperties.Read(file);
        Schema = new CatalogSchema(properties.Version, properties.SchemaRevision);
        if (Schema.IsRefused) throw new CvmfsFormatException(file.Name, $"catalog schema {properties.GetText("schema")}; read are 0.9, 1.x, 2.4 and 2.5.");
        if (!RepositoryPath.TryFromBytes(properties.GetBytes("root_prefix"), out var root)) throw new CvmfsFormatException(file.Name, "property root_prefix is no path.");
        Root = root;
        PreviousRevision = properties.GetHash("previous_revision");
        LastModified = properties.GetInt64("last_modified") ?? 0;
        file.RequireTable("catalog", "md5path_1", "md5path_2", "parent_1", "parent_2", "hash", "size", "mode", "mtime", "flags", "name", "symlink");
        if (Schema.HasModernEntries) file.RequireTable("catalog", "hardlinks");
        if (Schema.HasExtendedAttributes) file.RequireTable("catalog", "xattr");
        if (!file.HasIndex("catalog", "parent_1", "parent_2") && file.Length > MaxUnindexedBytes)
        {
            throw new CvmfsFormatException(file.Name, $"has no index of directories and {file.Length} bytes: it could not be walked in any sensible time.");
        }

        string columns = $"md5path_1, md5path_2, {(Schema.HasModernEntries ? "hardlinks" : "1")}, hash, size, mode, mtime, flags, name, symlink, {(Schema.HasExtendedAttributes ? "length(xattr)" : "0")}";
        _find = file.Prepare($"SELECT {columns} FROM catalog WHERE md5path_1 = ?1 AND md5path_2 = ?2");
        _list = file.Prepare($"SELECT {columns} FROM catalog WHERE parent_1 = ?1 AND parent_2 = ?2");
        _any = file.Prepare("SELECT 1 FROM catalog WHERE parent_1 = ?1 AND parent_2 = ?2 LIMIT 1");
        if (!Schema.HasChunks) return;
        file.RequireTable("chunks", "md5path_1", "md5path_2", "offset", "size", "hash");
        _chunks = file.Prepare("SELECT offset, size, hash FROM chunks WHERE md5path_1 = ?1 AND md5path_2 = ?2 ORDER BY offset");
    }

    /// <summary>Largest database without an index that is walked: each directory costs a search of it.</summary>
    private const long MaxUnindexedBytes = 8 << 20;

    /// <summary>Version of the layout.</summary>
    public CatalogSchema Schema { get; }

    /// <summary>Where the catalog believes to be.</summary>
    public RepositoryPath Root { get; }

    /// <summary>The catalog that this one replaced; the null hash for the first of its kind.</summary>
    public ContentHash PreviousRevision { get; }

    /// <summary>Unix seconds of the commit that made this catalog; 0 if it does not say.</summary>
    public long LastModified { get; }

    /// <summary>Bytes of the database.</summary>
    public long Length => _file.Length;

    /// <summary>Looks for a path's row; the row is valid until the next search.</summary>
    public bool TryFind(PathHash path, out CheckedRow row)
    {
        _find.Reset();
        row = default;
        if (!_find.Bind(1, path.High).Bind(2, path.Low).Step()) return false;
        Read(_find, out row);
        return true;
    }

    /// <summary>Begins to list a directory; rows come from <see cref="TryNext"/>.</summary>
    public void BeginList(PathHash directory)
    {
        _list.Reset();
        _list.Bind(1, directory.High).Bind(2, directory.Low);
    }

    /// <summary>The next row of the directory.</summary>
    public bool TryNext(out CheckedRow row, CancellationToken cancellationToken)
    {
        row = default;
        if (!_list.Step(cancellationToken)) return false;
        Read(_list, out row);
        return true;
    }

    /// <summary>Whether a directory has rows.</summary>
    public bool HasEntries(PathHash directory)
    {
        _any.Reset();
        return _any.Bind(1, directory.High).Bind(2, directory.Low).Step();
    }

    /// <summary>Begins to read a file's chunks; they come from <see cref="TryNextChunk"/>, by offset.</summary>
    public void BeginChunks(PathHash file)
    {
        _chunks?.Reset();
        _chunks?.Bind(1, file.High).Bind(2, file.Low);
    }

    /// <summary>The next chunk; its hash is the null hash where it has none.</summary>
    public bool TryNextChunk(EntryFlags flags, out FileChunk chunk)
    {
        chunk = default;
        if (_chunks is null || !_chunks.Step()) return false;
        var digest = _chunks.GetBytes(2);
        bool isHash = flags.TryGetHashAlgorithm(out var algorithm) && digest.Length == ContentHash.DigestBytes;
        chunk = new FileChunk(_chunks.GetInt64(0), _chunks.GetInt64(1), isHash ? new ContentHash(algorithm, digest) : default);
        return true;
    }

    /// <summary>Rows of a table.</summary>
    public long Count(string table)
    {
        using var statement = _file.Prepare($"SELECT count(*) FROM {table}");
        return statement.Step() ? statement.GetInt64(0) : 0;
    }

    /// <summary>Registered mountpoints, in the order of the tables.</summary>
    public List<RegisteredMountpoint> ReadMountpoints()
    {
        var mountpoints = new List<RegisteredMountpoint>();
        bool hasHashes = Schema.HasNestedHashes && _file.ColumnsOf("nested_catalogs").Contains("sha1", StringComparer.OrdinalIgnoreCase);
        Read("nested_catalogs", hasHashes ? "sha1" : "NULL", Schema.HasNestedSizes ? "size" : "NULL", isBind: false);
        if (Schema.HasBindMountpoints) Read("bind_mountpoints", "sha1", "size", isBind: true);
        return mountpoints;

        void Read(string table, string hash, string size, bool isBind)
        {
            _file.RequireTable(table, "path");
            using var rows = _file.Prepare($"SELECT path, {hash}, {size} FROM {table}");
            while (rows.Step())
            {
                byte[] path = rows.GetName(0).ToArray();
                var catalog = ContentHash.TryParse(rows.GetBytes(1), out var named) ? named : default;
                mountpoints.Add(new RegisteredMountpoint(path, catalog, rows.GetInt64Or(2, 0), isBind));
            }
        }
    }

    /// <summary>The stored counters; null before schema 2.4.</summary>
    public CatalogStatistics? ReadStatistics() => Schema.HasStatistics ? CatalogStatistics.Read(_file) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _find.Dispose();
        _list.Dispose();
        _any.Dispose();
        _chunks?.Dispose();
        _file.Dispose();
    }

    private void Read(SqliteStatement statement, out CheckedRow row)
    {
        var flags = (EntryFlags)statement.GetInt64(7) & (Schema.HasModernEntries ? (EntryFlags)(-1) : OldFlags);
        long hardlinks = statement.GetInt64Or(2, 1);
        var digest = statement.GetBytes(3);
        bool hasAlgorithm = flags.TryGetHashAlgorithm(out var algorithm);
        row = new CheckedRow
        {
            Path = new PathHash(statement.GetInt64(0), statement.GetInt64(1)),
            Flags = flags,
            LinkCount = (uint)hardlinks,
            HardlinkGroup = (uint)(hardlinks >> 32),
            Hash = hasAlgorithm && digest.Length == ContentHash.DigestBytes ? new ContentHash(algorithm, digest) : default,
            HasUnknownAlgorithm = !digest.IsEmpty && !hasAlgorithm,
            HasMalformedHash = !digest.IsEmpty && digest.Length != ContentHash.DigestBytes,
            Size = statement.GetInt64Or(4, 0),
            Mode = (uint)statement.GetInt64(5),
            MTime = statement.GetInt64Or(6, 0),
            Name = statement.GetName(8),
            Target = statement.GetName(9),
            HasXattrs = statement.GetInt64Or(10, 0) > 0,
        };
    }
}
