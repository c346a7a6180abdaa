namespace Cvmfs.Net.Catalogs;

/// <summary>The twelve numbers that a catalog keeps about entries, once for itself and once for all nested catalogs below.</summary>
public readonly record struct CatalogCounters
{
    /// <summary>Names of the counters without "self_" or "subtree_", in the order of <see cref="this[int]"/>.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "regular", "symlink", "special", "dir", "nested", "chunked", "chunks", "file_size", "chunked_size", "xattr", "external", "external_file_size",
    ];

    /// <summary>Regular files, chunked and external ones included.</summary>
    public long Regular { get; init; }

    /// <summary>Symbolic links.</summary>
    public long Symlink { get; init; }

    /// <summary>Devices, FIFOs and sockets; since schema 2.5 revision 5.</summary>
    public long Special { get; init; }

    /// <summary>Directories, the catalog's own root entry included: a mountpoint counts in both catalogs.</summary>
    public long Directory { get; init; }

    /// <summary>Nested catalogs registered here; bind mountpoints do not count.</summary>
    public long Nested { get; init; }

    /// <summary>Chunked files; since schema 2.5.</summary>
    public long Chunked { get; init; }

    /// <summary>Chunks; since schema 2.5.</summary>
    public long Chunks { get; init; }

    /// <summary>Bytes of all regular files; since schema 2.5.</summary>
    public long FileSize { get; init; }

    /// <summary>Bytes of chunked files; since schema 2.5.</summary>
    public long ChunkedSize { get; init; }

    /// <summary>Entries with extended attributes; since schema 2.5 revision 2.</summary>
    public long Xattr { get; init; }

    /// <summary>External files; since schema 2.5 revision 3.</summary>
    public long External { get; init; }

    /// <summary>Bytes of external files; since schema 2.5 revision 3.</summary>
    public long ExternalFileSize { get; init; }

    /// <summary>All entries: files, links, special files and directories.</summary>
    public long Entries => Regular + Symlink + Special + Directory;

    /// <summary>A counter by its place in <see cref="Names"/>.</summary>
    public long this[int index] => index switch
    {
        0 => Regular,
        1 => Symlink,
        2 => Special,
        3 => Directory,
        4 => Nested,
        5 => Chunked,
        6 => Chunks,
        7 => FileSize,
        8 => ChunkedSize,
        9 => Xattr,
        10 => External,
        11 => ExternalFileSize,
        _ => throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {Names.Count} counters."),
    };

    /// <summary>Takes the counters in the order of <see cref="Names"/>.</summary>
    /// <exception cref="IndexOutOfRangeException">There are fewer values than names.</exception>
    public static CatalogCounters From(ReadOnlySpan<long> values) => new()
    {
        Regular = values[0],
        Symlink = values[1],
        Special = values[2],
        Directory = values[3],
        Nested = values[4],
        Chunked = values[5],
        Chunks = values[6],
        FileSize = values[7],
        ChunkedSize = values[8],
        Xattr = values[9],
        External = values[10],
        ExternalFileSize = values[11],
    };

    /// <summary>What one entry adds. Chunks are counted with <see cref="OfChunks"/>, nested catalogs where they are registered.</summary>
    public static CatalogCounters Of(CatalogEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        bool isFile = entry.Kind == EntryKind.File;
        return new CatalogCounters
        {
            Regular = isFile ? 1 : 0,
            Symlink = entry.Kind == EntryKind.SymbolicLink ? 1 : 0,
            Special = entry.Kind is EntryKind.Fifo or EntryKind.Socket or EntryKind.CharacterDevice or EntryKind.BlockDevice ? 1 : 0,
            Directory = entry.IsDirectory ? 1 : 0,
            Chunked = isFile && entry.IsChunked ? 1 : 0,
            FileSize = isFile ? entry.RawSize : 0,
            ChunkedSize = isFile && entry.IsChunked ? entry.RawSize : 0,
            Xattr = entry.RawXattrs.IsEmpty ? 0 : 1,
            External = isFile && entry.IsExternal ? 1 : 0,
            ExternalFileSize = isFile && entry.IsExternal ? entry.RawSize : 0,
        };
    }

    /// <summary>What the chunks of a file add.</summary>
    public static CatalogCounters OfChunks(long count) => new() { Chunks = count };

    /// <summary>Adds counter by counter.</summary>
    public static CatalogCounters operator +(CatalogCounters left, CatalogCounters right) => Combine(left, right, 1);

    /// <summary>Subtracts counter by counter.</summary>
    public static CatalogCounters operator -(CatalogCounters left, CatalogCounters right) => Combine(left, right, -1);

    /// <summary>See the operator.</summary>
    public CatalogCounters Add(CatalogCounters other) => this + other;

    /// <summary>See the operator.</summary>
    public CatalogCounters Subtract(CatalogCounters other) => this - other;

    private static CatalogCounters Combine(CatalogCounters left, CatalogCounters right, int sign)
    {
        Span<long> values = stackalloc long[Names.Count];
        for (int i = 0; i < values.Length; i++) values[i] = unchecked(left[i] + sign * right[i]); // a lying catalog may overflow; nothing hangs on it
        return From(values);
    }
}
