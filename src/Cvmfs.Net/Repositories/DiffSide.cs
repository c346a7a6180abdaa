using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Repositories;

/// <summary>One revision in a comparison. The catalog in use stays leased while the walk remains inside it.</summary>
internal sealed class DiffSide(CatalogTree tree) : IDisposable
{
    private CatalogLease? _lease;

    public async ValueTask<CatalogEntry?> StatAsync(RepositoryPath path, CancellationToken cancellationToken)
        => (await CatalogForAsync(path, forContent: false, cancellationToken).ConfigureAwait(false)).Find(path);

    public async ValueTask<IReadOnlyList<CatalogEntry>> ListAsync(RepositoryPath directory, CancellationToken cancellationToken)
        => (await CatalogForAsync(directory, forContent: true, cancellationToken).ConfigureAwait(false)).List(directory, includeHidden: false, cancellationToken);

    public async ValueTask<NestedCatalog?> MountedAtAsync(RepositoryPath path, CancellationToken cancellationToken)
        => (await CatalogForAsync(path, forContent: false, cancellationToken).ConfigureAwait(false)).FindNested(path) is { } nested && nested.Mountpoint == path ? nested : null;

    public async ValueTask<IReadOnlyList<FileChunk>> ChunksAsync(RepositoryPath path, CatalogEntry entry, CancellationToken cancellationToken)
        => (await CatalogForAsync(path, forContent: false, cancellationToken).ConfigureAwait(false)).Chunks(path, entry);

    public void Dispose() => _lease?.Dispose();

    private async ValueTask<Catalog> CatalogForAsync(RepositoryPath path, bool forContent, CancellationToken cancellationToken)
    {
        if (_lease is { } held && path.IsAtOrBelow(held.Catalog.Mountpoint) && (forContent || held.Catalog.Mountpoint.IsRoot || path != held.Catalog.Mountpoint))
        {
            // The lease answers unless something is mounted between its root and the path.
            if (held.Catalog.FindNested(path) is not { } nested || (!forContent && nested.Mountpoint == path)) return held.Catalog;
        }

        var next = await tree.OpenForAsync(path, forContent, cancellationToken).ConfigureAwait(false);
        _lease?.Dispose();
        _lease = next;
        return next.Catalog;
    }
}
