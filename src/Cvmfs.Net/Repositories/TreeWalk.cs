using System.Runtime.CompilerServices;
using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Repositories;

/// <summary>Walks a revision in path order, from catalog to catalog.</summary>
internal static class TreeWalk
{
    /// <summary>Everything below a directory; the directory itself comes first.</summary>
    /// <param name="tree">The revision.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="options">What to leave out.</param>
    /// <param name="ahead">Nested catalogs to load ahead.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async IAsyncEnumerable<CatalogTreeEntry> EnumerateAsync(
        CatalogTree tree, RepositoryPath start, RepositoryEnumerationOptions options, int ahead, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using (var lease = await tree.OpenForAsync(start, forContent: false, cancellationToken).ConfigureAwait(false))
        {
            var entry = lease.Catalog.Find(start) ?? throw new CvmfsPathException(PathFailure.NotFound, start);
            yield return new CatalogTreeEntry(start, entry);
            if (!entry.IsDirectory) yield break;
        }

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var open = new Stack<Level>();
        try
        {
            var content = await tree.OpenForAsync(start, forContent: true, cancellationToken).ConfigureAwait(false);
            open.Push(new Level(tree, content, start, options, ahead, stopping.Token));
            while (open.TryPeek(out var level))
            {
                if (!level.MoveNext())
                {
                    open.Pop().Dispose();
                    continue;
                }

                var current = level.Current;
                yield return current;
                if (!current.Entry.IsDirectory || level.MountedAt(current) is not { } nested || (nested.IsBind && !options.FollowBindMountpoints)) continue;
                if (open.Count == CatalogTree.MaxDepth) throw CatalogTree.TooDeep(current.Path);
                open.Push(new Level(tree, await level.EnterAsync(nested).ConfigureAwait(false), current.Path, options, ahead, stopping.Token));
            }
        }
        finally
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            while (open.TryPop(out var level)) level.Dispose();
        }
    }

    /// <summary>One catalog on the way down.</summary>
    private sealed class Level : IDisposable
    {
        private readonly CatalogLease _lease;
        private readonly IEnumerator<CatalogTreeEntry> _entries;
        private readonly NestedPrefetch _prefetch;
        private readonly bool _hasNested;

        public Level(CatalogTree tree, CatalogLease lease, RepositoryPath start, RepositoryEnumerationOptions options, int ahead, CancellationToken cancellationToken)
        {
            _lease = lease;
            try
            {
                _hasNested = lease.Catalog.NestedCatalogs.Count > 0;
                _prefetch = new NestedPrefetch(tree, lease.Catalog, start, ahead, cancellationToken);
                _entries = lease.Catalog.ReadEntriesBelow(start, options.IncludeHidden, cancellationToken).GetEnumerator();
            }
            catch
            {
                _prefetch?.Dispose();
                lease.Dispose();
                throw;
            }
        }

        public CatalogTreeEntry Current => _entries.Current;

        public bool MoveNext() => _entries.MoveNext();

        /// <summary>What is mounted at an entry; null for an ordinary directory.</summary>
        public NestedCatalog? MountedAt(CatalogTreeEntry directory)
        {
            if (!_hasNested && !directory.Entry.IsMountpoint) return null;
            if (_lease.Catalog.FindNested(directory.Path) is { } nested && nested.Mountpoint == directory.Path) return nested;
            return directory.Entry.IsMountpoint
                ? throw new CvmfsFormatException(_lease.Catalog.Name, $"{directory.Path} is marked as a mountpoint, but no catalog is registered there.")
                : null;
        }

        public ValueTask<CatalogLease> EnterAsync(NestedCatalog nested) => _prefetch.TakeAsync(nested);

        public void Dispose()
        {
            _prefetch.Dispose();
            _entries.Dispose();
            _lease.Dispose();
        }
    }
}
