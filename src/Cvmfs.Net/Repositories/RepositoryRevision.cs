using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Repositories;

/// <summary>One revision of a repository: a tree that never changes.</summary>
/// <remarks>Safe for concurrent use, until the <see cref="CvmfsRepository"/> that it belongs to is disposed. Paths are taken literally: symbolic links
/// are shown, not followed.</remarks>
public sealed class RepositoryRevision
{
    private readonly RepositoryServices _services;

    private RepositoryRevision(RepositoryServices services, CatalogTree tree, Catalog root)
    {
        (_services, Tree) = (services, tree);
        Number = root.Revision;
        LastModified = root.LastModified;
        Ttl = root.Ttl;
        PreviousRevision = root.PreviousRevision;
        Statistics = root.Statistics;
        IsVolatile = root.IsVolatile;
        VomsAuthz = root.VomsAuthz;
        RootCatalogBytes = root.Length;
    }

    /// <summary>Hash of the root catalog: the identity of the revision.</summary>
    public ContentHash RootCatalog => Tree.Root;

    /// <summary>Bytes of the root catalog's database.</summary>
    public long RootCatalogBytes { get; }

    /// <summary>Revision number, as the root catalog says.</summary>
    public ulong Number { get; }

    /// <summary>When it was published, Unix seconds.</summary>
    public long LastModified { get; }

    /// <summary>How long to trust it before looking for a newer one.</summary>
    public TimeSpan Ttl { get; }

    /// <summary>Root catalog of the revision before; the null hash for the first one.</summary>
    public ContentHash PreviousRevision { get; }

    /// <summary>Counters over the whole tree; all zero in repositories older than 2013.</summary>
    public CatalogStatistics Statistics { get; }

    /// <summary>Whether clients should drop this repository's files before others.</summary>
    public bool IsVolatile { get; }

    /// <summary>The access policy; null for public.</summary>
    public string? VomsAuthz { get; }

    internal CatalogTree Tree { get; }

    internal static async Task<RepositoryRevision> OpenAsync(RepositoryServices services, ContentHash root, long rootBytes, CancellationToken cancellationToken)
    {
        var tree = new CatalogTree(services.Catalogs, services.Loader, root, rootBytes);
        using var lease = await tree.OpenRootAsync(cancellationToken).ConfigureAwait(false);
        return new RepositoryRevision(services, tree, lease.Catalog);
    }

    /// <summary>Looks up a path. Hidden entries are found.</summary>
    /// <returns>Null if there is no such entry.</returns>
    /// <exception cref="CvmfsException">A catalog on the way cannot be loaded or makes no sense: nobody knows whether the entry exists.</exception>
    public async ValueTask<CatalogEntry?> StatAsync(RepositoryPath path, CancellationToken cancellationToken = default)
    {
        using var lease = await Tree.OpenForAsync(path, forContent: false, cancellationToken).ConfigureAwait(false);
        return lease.Catalog.Find(path);
    }

    /// <summary>Lists a directory, ordered by name, bytewise.</summary>
    /// <param name="directory">A directory, mountpoints included.</param>
    /// <param name="includeHidden">Whether to list entries that clients hide.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsPathException">There is no such directory.</exception>
    /// <exception cref="CvmfsException">A catalog on the way cannot be loaded or makes no sense.</exception>
    public async Task<IReadOnlyList<CatalogEntry>> ListAsync(RepositoryPath directory, bool includeHidden = false, CancellationToken cancellationToken = default)
    {
        using var lease = await Tree.OpenForAsync(directory, forContent: true, cancellationToken).ConfigureAwait(false);
        var entry = lease.Catalog.Find(directory) ?? (directory == lease.Catalog.Mountpoint
            ? throw new CvmfsFormatException(lease.Catalog.Name, $"has no entry for its own root {directory}.")
            : throw new CvmfsPathException(PathFailure.NotFound, directory));
        if (!entry.IsDirectory) throw new CvmfsPathException(PathFailure.NotADirectory, directory, entry.Kind);
        return lease.Catalog.List(directory, includeHidden, cancellationToken);
    }

    /// <summary>An entry and everything below it, in path order: components compared bytewise, a directory directly before its content.</summary>
    /// <remarks>Streams: memory holds one directory per level and some catalogs. Nested catalogs are loaded ahead.</remarks>
    /// <param name="start">Where to begin; the root by default.</param>
    /// <param name="options">What to leave out; by default what a client hides.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsPathException">There is no such entry.</exception>
    /// <exception cref="CvmfsException">A catalog cannot be loaded or makes no sense.</exception>
    public IAsyncEnumerable<CatalogTreeEntry> EnumerateAsync(
        RepositoryPath start = default, RepositoryEnumerationOptions? options = null, CancellationToken cancellationToken = default)
        => TreeWalk.EnumerateAsync(Tree, start, options ?? RepositoryEnumerationOptions.Default, _services.Options.CatalogsAhead, cancellationToken);

    /// <summary>The catalogs of this revision in path order, the root catalog first. Bind mountpoints are left out.</summary>
    /// <exception cref="CvmfsException">A catalog cannot be loaded or makes no sense.</exception>
    public IAsyncEnumerable<RepositoryCatalog> CatalogsAsync(CancellationToken cancellationToken = default)
        => CatalogWalk.EnumerateAsync(Tree, _services.Options.CatalogsAhead, cancellationToken);

    /// <summary>Opens a file. Nothing is fetched before the first read. The caller disposes the stream.</summary>
    /// <exception cref="CvmfsPathException">There is no such file.</exception>
    /// <exception cref="CvmfsFormatException">The catalog's statement about the file makes no sense.</exception>
    /// <exception cref="CvmfsException">A catalog on the way cannot be loaded.</exception>
    public async Task<RepositoryFileStream> OpenReadAsync(RepositoryPath path, CancellationToken cancellationToken = default)
    {
        using var lease = await Tree.OpenForAsync(path, forContent: false, cancellationToken).ConfigureAwait(false);
        var entry = lease.Catalog.Find(path) ?? throw new CvmfsPathException(PathFailure.NotFound, path);
        if (!entry.IsFile) throw new CvmfsPathException(PathFailure.NotAFile, path, entry.Kind);
        if (!entry.Flags.TryGetHashAlgorithm(out _))
        {
            throw new CvmfsFormatException(lease.Catalog.Name, $"{path} has flags 0x{(int)entry.Flags:x}, which name no known hash algorithm.");
        }

        IReadOnlyList<FilePiece> pieces = entry.IsChunked
            ? [.. lease.Catalog.Chunks(path, entry).Select(chunk => new FilePiece(chunk.Offset, chunk.Size, new ObjectKey(chunk.Hash, ObjectSuffix.Partial)))]
            : entry.Hash.IsNull
                ? throw new CvmfsFormatException(lease.Catalog.Name, $"{path} is a file without a hash.")
                : [new FilePiece(0, entry.RawSize, new ObjectKey(entry.Hash))];
        var content = new FileContent(_services, path, entry);
        return new RepositoryFileStream(pieces, entry.RawSize, _services.Options.ChunksAhead, content.LoadAsync);
    }

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">Longest file that is read. Default 64 MiB; use <see cref="OpenReadAsync"/> for large ones.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsPathException">There is no such file.</exception>
    /// <exception cref="CvmfsFormatException">The file is longer than the limit, or the catalog's statement about it makes no sense.</exception>
    /// <exception cref="CvmfsException">The content cannot be fetched or is not what it must be.</exception>
    public async Task<byte[]> ReadAllBytesAsync(RepositoryPath path, long maxBytes = 64 << 20, CancellationToken cancellationToken = default)
    {
        var stream = await OpenReadAsync(path, cancellationToken).ConfigureAwait(false);
        await using var open = stream.ConfigureAwait(false);
        if (stream.Length > Math.Min(maxBytes, Array.MaxLength)) throw new CvmfsFormatException(path.ToString(), $"has {stream.Length} bytes, at most {maxBytes} were asked for.");
        byte[] content = new byte[stream.Length];
        await stream.ReadExactlyAsync(content, cancellationToken).ConfigureAwait(false);
        return content;
    }

    /// <summary>The target of a symbolic link as a client shows it: variables replaced by the values in the options.</summary>
    public ReadOnlyMemory<byte> PresentTarget(CatalogEntry link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return SymlinkVariables.HasVariables(link.SymlinkTarget.Span)
            ? SymlinkVariables.Expand(link.SymlinkTarget.Span, _services.Options.SymlinkVariables)
            : link.SymlinkTarget;
    }
}
