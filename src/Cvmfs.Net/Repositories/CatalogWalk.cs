using System.Runtime.CompilerServices;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Repositories;

/// <summary>Walks the catalogs of a revision without reading their entries.</summary>
internal static class CatalogWalk
{
    public static async IAsyncEnumerable<RepositoryCatalog> EnumerateAsync(CatalogTree tree, int ahead, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var open = new Stack<(CatalogLease Lease, NestedPrefetch Prefetch, int Next)>();
        try
        {
            await PushAsync(tree.OpenRootAsync(cancellationToken)).ConfigureAwait(false);
            yield return Describe(tree.Root);
            while (open.TryPop(out var level))
            {
                if (level.Next == level.Lease.Catalog.NestedCatalogs.Count)
                {
                    Close(level);
                    continue;
                }

                open.Push(level with { Next = level.Next + 1 });
                var nested = level.Lease.Catalog.NestedCatalogs[level.Next];
                if (nested.IsBind) continue;
                if (open.Count == CatalogTree.MaxDepth) throw CatalogTree.TooDeep(nested.Mountpoint);
                await PushAsync(level.Prefetch.TakeAsync(nested)).ConfigureAwait(false);
                yield return Describe(nested.Hash);
            }
        }
        finally
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            while (open.TryPop(out var level)) Close(level);
        }

        async ValueTask PushAsync(ValueTask<CatalogLease> opening)
        {
            var lease = await opening.ConfigureAwait(false);
            open.Push((lease, new NestedPrefetch(tree, lease.Catalog, lease.Catalog.Mountpoint, ahead, stopping.Token), 0));
        }

        RepositoryCatalog Describe(ContentHash hash)
        {
            var catalog = open.Peek().Lease.Catalog;
            return new RepositoryCatalog(catalog.Mountpoint, hash, catalog.Length, catalog.Revision, catalog.Statistics);
        }

        static void Close((CatalogLease Lease, NestedPrefetch Prefetch, int Next) level)
        {
            level.Prefetch.Dispose();
            level.Lease.Dispose();
        }
    }
}
