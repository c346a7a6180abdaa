using Cvmfs.Net.Databases;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Catalogs;

// The two readers of everything. Both decode a batch of rows under the lock and hand it out without it, so that a slow consumer blocks nobody.
public sealed partial class Catalog
{
    private const int BatchRows = 256;

    /// <summary>All objects that this catalog needs, each once: file contents, bulk copies of chunked files, chunks. Neither nested catalogs
    /// (see <see cref="NestedCatalogs"/>) nor external files.</summary>
    /// <remarks>Memory grows with the number of distinct objects, by some 50 bytes each.</remarks>
    /// <exception cref="CvmfsFormatException">A row names an unassigned algorithm or makes no sense, or the catalog is damaged.</exception>
    public IEnumerable<ObjectReference> ReadObjectReferences(CancellationToken cancellationToken = default)
    {
        var seen = new HashSet<ObjectKey>();
        var batch = new List<ObjectReference>(BatchRows);
        using var files = Locked(() => _file.Prepare("SELECT hash, flags FROM catalog WHERE hash IS NOT NULL"));
        while (Locked(() => FillFromFiles(files, batch, cancellationToken)))
        {
            foreach (var reference in batch)
            {
                if (seen.Add(reference.Key)) yield return reference;
            }
        }

        if (!Schema.HasChunks) yield break;
        using var chunks = Locked(() => _file.Prepare(
            "SELECT chunks.hash, catalog.flags FROM chunks CROSS JOIN catalog ON catalog.md5path_1 = chunks.md5path_1 AND catalog.md5path_2 = chunks.md5path_2"));
        while (Locked(() => FillFromChunks(chunks, batch, cancellationToken)))
        {
            foreach (var reference in batch)
            {
                if (seen.Add(reference.Key)) yield return reference;
            }
        }
    }

    /// <summary>All entries of this catalog in path order, each directory directly before its content; the catalog's root entry first.</summary>
    /// <remarks>Mountpoints appear as the directories they are; their content is in <see cref="NestedCatalogs"/>. Hidden entries are
    /// included: the caller decides.</remarks>
    /// <exception cref="CvmfsFormatException">A row makes no sense, or the catalog is damaged.</exception>
    public IEnumerable<CatalogTreeEntry> ReadAllEntries(CancellationToken cancellationToken = default)
    {
        var root = Find(Mountpoint) ?? throw new CvmfsFormatException(Name, $"has no entry for its own root {Mountpoint}.");
        yield return new CatalogTreeEntry(Mountpoint, root);
        var open = new Stack<(RepositoryPath Path, IReadOnlyList<CatalogEntry> Entries, int Next)>();
        open.Push((Mountpoint, List(Mountpoint, includeHidden: true, cancellationToken), 0));
        while (open.TryPop(out var directory))
        {
            if (directory.Next == directory.Entries.Count) continue;
            var entry = directory.Entries[directory.Next];
            open.Push(directory with { Next = directory.Next + 1 });
            var path = directory.Path.Append(entry.Name.Span);
            yield return new CatalogTreeEntry(path, entry);
            if (entry.IsDirectory && !entry.IsMountpoint) open.Push((path, List(path, includeHidden: true, cancellationToken), 0));
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

    private bool FillFromChunks(SqliteStatement rows, List<ObjectReference> batch, CancellationToken cancellationToken)
    {
        batch.Clear();
        while (batch.Count < BatchRows && rows.Step(cancellationToken))
        {
            var flags = _rows.FlagsOf(rows.GetInt64(1));
            if ((flags & EntryFlags.External) == 0) Collect(rows, flags, ObjectSuffix.Partial, batch);
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
}
