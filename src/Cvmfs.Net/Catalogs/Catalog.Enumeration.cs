using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Catalogs;

// The two readers of everything. Both decode a batch of rows under the lock and hand it out without it, so that a slow consumer blocks nobody.
public sealed partial class Catalog
{
    private const int BatchRows = 256;

    // Measured with 10^5 and 10^6 entries, machine idle, where taking all columns of a row costs 0.47 µs: a query per directory takes 0.5 µs
    // per entry where the rows of a directory lie together, and 2.1 µs where they do not; reading the table once and grouping it in memory
    // takes 0.7 µs whatever the order. So the first 4,096 rows decide, unless the catalog is so large that its rows must stay where they are.
    private const long MaxGroupedBytes = 256 << 20;
    private const int SampledRows = 4096;
    private const int FarRows = 100; // some three pages of rows

    /// <summary>All objects that this catalog needs, each once: file contents, bulk copies of chunked files, chunks. Neither nested catalogs
    /// (see <see cref="NestedCatalogs"/>) nor external files.</summary>
    /// <remarks>Memory grows with the number of distinct objects, by some 50 bytes each.</remarks>
    /// <exception cref="CvmfsFormatException">A row names an unassigned algorithm or makes no sense, or the catalog is damaged.</exception>
    public IEnumerable<ObjectReference> ReadObjectReferences(CancellationToken cancellationToken = default) => ReadReferences([], cancellationToken);

    /// <summary>As <see cref="ReadObjectReferences"/>, but an object comes as often as it is referred to, in the order of the rows, and memory stays the same however many there are.</summary>
    /// <exception cref="CvmfsFormatException">A row names an unassigned algorithm or makes no sense, or the catalog is damaged.</exception>
    public IEnumerable<ObjectReference> ReadObjectReferencesWithRepeats(CancellationToken cancellationToken = default) => ReadReferences(null, cancellationToken);

    /// <param name="seen">Takes what was handed out, of files alone, then of chunks alone, for the same digest names two objects; null to hand out repeats.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    private IEnumerable<ObjectReference> ReadReferences(HashSet<ContentHash>? seen, CancellationToken cancellationToken)
    {
        var batch = new List<ObjectReference>(BatchRows);
        using (var files = new LockedStatement(this, "SELECT hash, flags FROM catalog WHERE hash IS NOT NULL"))
        {
            while (Locked(() => FillFromFiles(files.Rows, batch, cancellationToken)))
            {
                foreach (var reference in batch)
                {
                    if (seen?.Add(reference.Key.Hash) != false) yield return reference;
                }
            }
        }

        if (!Schema.HasChunks) yield break;
        seen?.Clear();
        using var chunks = new LockedStatement(this, "SELECT hash, md5path_1, md5path_2 FROM chunks WHERE hash IS NOT NULL");
        using var owners = new LockedStatement(this, "SELECT flags FROM catalog WHERE md5path_1 = ?1 AND md5path_2 = ?2");
        var owner = new ChunkOwner(default, EntryFlags.External, IsKnown: false);
        while (Locked(() => FillFromChunks(chunks.Rows, owners.Rows, ref owner, batch, cancellationToken)))
        {
            foreach (var reference in batch)
            {
                if (seen?.Add(reference.Key.Hash) != false) yield return reference;
            }
        }
    }

    /// <summary>All entries of this catalog in path order, each directory directly before its content; the catalog's root entry first.</summary>
    /// <remarks>Mountpoints appear as the directories they are; their content is in <see cref="NestedCatalogs"/>. Hidden entries are
    /// included: the caller decides. Holds one directory in memory where the rows of a directory lie together, as publishers write them; some
    /// 150 bytes for each entry of the catalog where they do not.</remarks>
    /// <exception cref="CvmfsFormatException">A row makes no sense, or the catalog is damaged.</exception>
    public IEnumerable<CatalogTreeEntry> ReadAllEntries(CancellationToken cancellationToken = default)
    {
        var root = Find(Mountpoint) ?? throw new CvmfsFormatException(Name, $"has no entry for its own root {Mountpoint}.");
        yield return new CatalogTreeEntry(Mountpoint, root);
        foreach (var entry in ReadEntriesBelow(Mountpoint, includeHidden: true, cancellationToken)) yield return entry;
    }

    /// <summary>The entries of this catalog below a directory, in path order; the directory itself is not among them.</summary>
    /// <param name="directory">A directory of this catalog.</param>
    /// <param name="includeHidden">Whether to list entries that clients hide, and what is below them.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="CvmfsFormatException">A row makes no sense, or the catalog is damaged.</exception>
    public IEnumerable<CatalogTreeEntry> ReadEntriesBelow(RepositoryPath directory, bool includeHidden = false, CancellationToken cancellationToken = default)
    {
        using var all = directory == Mountpoint && Length <= MaxGroupedBytes ? GroupByParent(cancellationToken) : null;
        var open = new Stack<DirectoryCursor>();
        try
        {
            open.Push(OpenDirectory(directory, all, cancellationToken));
            while (open.TryPeek(out var level))
            {
                if (!level.MoveNext())
                {
                    open.Pop().Dispose();
                    continue;
                }

                var path = CatalogGroups.PathOf(level.Current, level.Path);
                var entry = CatalogGroups.ToEntry(level.Current, path);
                if (entry.IsHidden && !includeHidden) continue;
                yield return new CatalogTreeEntry(path, entry);
                if (entry.IsDirectory && !entry.IsMountpoint) open.Push(OpenDirectory(path, all, cancellationToken));
            }
        }
        finally
        {
            while (open.TryPop(out var level)) level.Dispose();
        }
    }

    /// <summary>Whether to read the table once rather than directory by directory.</summary>
    private bool ShouldGroup()
    {
        if (!_file.HasIndex("catalog", "parent_1", "parent_2")) return true; // each directory would be a search of the whole table
        if (Length > MaxGroupedBytes) return false;
        using var rows = _file.Prepare($"SELECT rowid FROM catalog ORDER BY parent_1, parent_2 LIMIT {SampledRows}");
        long before = 0;
        int sampled = 0;
        int far = 0;
        for (; rows.Step(); sampled++)
        {
            long row = rows.GetInt64(0);
            if (row - before is > FarRows or < -FarRows) far++;
            before = row;
        }

        return far > sampled / 4;
    }

    private DirectoryCursor OpenDirectory(RepositoryPath path, CatalogGroups? all, CancellationToken cancellationToken)
    {
        var hash = InnerHash(path);
        if (all is not null) return new DirectoryCursor(path, all.Take(hash), null);
        var own = ReadDirectory(hash, cancellationToken);
        return new DirectoryCursor(path, own.Take(hash), own);
    }

    private CatalogGroups GroupByParent(CancellationToken cancellationToken)
    {
        var groups = new CatalogGroups(Name);
        try
        {
            using var rows = new LockedStatement(this, $"SELECT {_rows.Columns}, parent_1, parent_2 FROM catalog");
            while (Locked(() => groups.Fill(rows.Rows, _rows, BatchRows, cancellationToken))) { }
            return groups;
        }
        catch
        {
            groups.Dispose();
            throw;
        }
    }

    private bool FillFromFiles(SqliteStatement rows, List<ObjectReference> batch, CancellationToken cancellationToken)
    {
        batch.Clear();
        while (batch.Count < BatchRows && rows.Step(cancellationToken))
        {
            var flags = _rows.FlagsOf(rows.GetInt64(1));
            if ((flags & EntryFlags.External) != 0) continue;
            bool isDirectory = (flags & (EntryFlags.File | EntryFlags.Directory)) == EntryFlags.Directory;
            Collect(rows, flags, isDirectory ? ObjectSuffix.MicroCatalog : ObjectSuffix.None, batch);
        }

        return batch.Count > 0;
    }

    /// <summary>Joins chunks to their files by hand: the chunks of a file follow each other, so that most need no lookup.</summary>
    private bool FillFromChunks(SqliteStatement rows, SqliteStatement owners, ref ChunkOwner owner, List<ObjectReference> batch, CancellationToken cancellationToken)
    {
        batch.Clear();
        while (batch.Count < BatchRows && rows.Step(cancellationToken))
        {
            var path = new PathHash(rows.GetInt64(1), rows.GetInt64(2));
            if (!owner.IsKnown || owner.Path != path)
            {
                bool exists = owners.Bind(1, path.High).Bind(2, path.Low).Step(cancellationToken);
                owner = new ChunkOwner(path, exists ? _rows.FlagsOf(owners.GetInt64(0)) : EntryFlags.External, IsKnown: true);
                owners.Reset();
            }

            if ((owner.Flags & EntryFlags.External) == 0) Collect(rows, owner.Flags, ObjectSuffix.Partial, batch);
        }

        return batch.Count > 0;
    }

    private void Collect(SqliteStatement row, EntryFlags flags, ObjectSuffix suffix, List<ObjectReference> batch)
    {
        if (row.GetBytes(0).IsEmpty) return;
        if (!flags.TryGetHashAlgorithm(out _)) throw _rows.UnknownAlgorithm(flags);
        var hash = _rows.HashOf(row, 0, flags);
        if (!hash.IsNull) batch.Add(new ObjectReference(new ObjectKey(hash, suffix), flags.GetCompression()));
    }

    /// <summary>The file whose chunks are being read. Chunks without a file count as external: nobody needs them.</summary>
    private readonly record struct ChunkOwner(PathHash Path, EntryFlags Flags, bool IsKnown);

    /// <summary>A statement that is made and released under the catalog's lock, as it is used.</summary>
    private sealed class LockedStatement(Catalog catalog, string sql) : IDisposable
    {
        public SqliteStatement Rows { get; } = catalog.Locked(() => catalog._file.Prepare(sql));

        public void Dispose()
        {
            lock (catalog._lock) Rows.Dispose();
        }
    }

    /// <summary>A place in an opened directory, and the rows if they are its own.</summary>
    private sealed class DirectoryCursor(RepositoryPath path, nint[] rows, CatalogGroups? own) : IDisposable
    {
        private int _next;

        public RepositoryPath Path => path;

        public nint Current => rows[_next - 1];

        public bool MoveNext() => _next < rows.Length && ++_next > 0;

        public void Dispose() => own?.Dispose();
    }
}
