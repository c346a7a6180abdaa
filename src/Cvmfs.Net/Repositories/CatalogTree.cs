using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Repositories;

/// <summary>The catalogs of one revision as one tree: finds the catalog that answers for a path, loading nested ones on the way.</summary>
/// <remarks>Immutable and safe for concurrent use; what it opens belongs to the pool, which trees of other revisions share.</remarks>
internal sealed class CatalogTree(CatalogPool pool, CatalogLoader loader, ContentHash root, long rootSize)
{
    /// <summary>Deepest nesting that is followed. Real repositories have a handful of levels.</summary>
    public const int MaxDepth = 128;

    public ContentHash Root => root;

    /// <summary>Opens the root catalog. The caller disposes the lease.</summary>
    public ValueTask<CatalogLease> OpenRootAsync(CancellationToken cancellationToken)
        => pool.AcquireAsync(new CatalogId(root, RepositoryPath.Root), (id, token) => loader.LoadAsync(id, rootSize, isForeign: false, token), cancellationToken);

    /// <summary>Opens a catalog that its parent registers. The caller disposes the lease.</summary>
    /// <exception cref="CvmfsFormatException">The registration is broken, or the catalog is not the one for that place.</exception>
    public async ValueTask<CatalogLease> OpenNestedAsync(Catalog parent, NestedCatalog nested, CancellationToken cancellationToken)
    {
        if (nested.Hash.IsNull) throw new CvmfsFormatException(parent.Name, $"the nested catalog at {nested.Mountpoint} has no hash.");
        if (nested.Mountpoint == parent.Mountpoint || !nested.Mountpoint.IsAtOrBelow(parent.Mountpoint))
        {
            throw new CvmfsFormatException(parent.Name, $"a nested catalog is registered at {nested.Mountpoint}, expected a place below {parent.Mountpoint}.");
        }

        bool isForeign = nested.IsBind || parent.RootPrefix != parent.Mountpoint;
        var lease = await pool.AcquireAsync(
            new CatalogId(nested.Hash, nested.Mountpoint), (id, token) => loader.LoadAsync(id, nested.Size, isForeign, token), cancellationToken).ConfigureAwait(false);
        // A bound root catalog keeps its own prefix. A nested one says where it belongs, in its parent's terms: one that says otherwise would let a
        // few catalogs unfold into a tree without end.
        if (!nested.IsBind && !lease.Catalog.RootPrefix.Bytes.SequenceEqual(PathInside(parent, nested.Mountpoint)))
        {
            var prefix = lease.Catalog.RootPrefix;
            lease.Dispose();
            throw new CvmfsFormatException(parent.Name, $"the nested catalog {nested.Hash} at {nested.Mountpoint} says that it belongs at {prefix}.");
        }

        return lease;
    }

    /// <summary>Opens the catalog that answers for a path. The caller disposes the lease.</summary>
    /// <param name="path">What is looked for.</param>
    /// <param name="forContent">True for what is below the path: a mountpoint is then answered by the catalog mounted there. False for its
    /// attributes, which the parent knows without loading anything.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async ValueTask<CatalogLease> OpenForAsync(RepositoryPath path, bool forContent, CancellationToken cancellationToken)
    {
        var lease = await OpenRootAsync(cancellationToken).ConfigureAwait(false);
        for (int depth = 0; lease.Catalog.FindNested(path) is { } nested && (forContent || nested.Mountpoint != path); depth++)
        {
            CatalogLease next;
            try
            {
                if (depth == MaxDepth) throw TooDeep(path);
                next = await OpenNestedAsync(lease.Catalog, nested, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                lease.Dispose();
            }

            lease = next;
        }

        return lease;
    }

    public static CvmfsFormatException TooDeep(RepositoryPath path)
        => new(path.ToString(), $"more than {MaxDepth} nested catalogs lie above each other.");

    private static byte[] PathInside(Catalog catalog, RepositoryPath path) => [.. catalog.RootPrefix.Bytes, .. path.Bytes[catalog.Mountpoint.Bytes.Length..]];
}
