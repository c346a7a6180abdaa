using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Publishing.Ingestion;
using Cvmfs.Net.Publishing.Trees;

namespace Cvmfs.Net.Publishing.CatalogWriting;

// CatalogWriting/ turns a tree whose files are stored into catalogs, writing only those that are not there already.
//
//   PublishTree ► CatalogPlan (where catalogs begin)
//      down: previous catalogs are opened and compared, level by level        ► PreviousCatalog
//      up:   a catalog is kept if nothing in it or below changed, else written ► NestedCatalog, registered by its parent
//
// Must stay true
//   - Children are stored before their parents: a catalog that is in the store has everything below it.
//   - Equal input gives equal bytes: rows in path order, counters and nested catalogs sorted.
//   - Both copies of a mountpoint's entry come from one TreeEntry.
// May use: Trees, Ingestion. Rules from: the catalog format, and the reference's `check`, which everything written here must pass.

/// <summary>Writes the catalogs of one revision.</summary>
internal sealed class RevisionWriter(StoredObjects objects, RevisionReader reader, RepositorySettings settings, int parallelism, long now)
{
    private int _written;
    private int _kept;

    /// <summary>Catalogs that are new.</summary>
    public int Written => _written;

    /// <summary>Catalogs of the previous revision that stay in use, those that were not opened included.</summary>
    public int Kept => _kept;

    /// <summary>Writes what changed.</summary>
    /// <param name="tree">The tree; the content of every file is known.</param>
    /// <param name="previousRoot">Root catalog of the previous revision; null for the first.</param>
    /// <param name="revision">The revision's number, should there be one.</param>
    /// <param name="rewriteRoot">Whether the root catalog is written even when nothing changed.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The root catalog's plan: kept when nothing changed at all.</returns>
    public async Task<CatalogPlan> WriteAsync(PublishTree tree, NestedCatalog? previousRoot, ulong revision, bool rewriteRoot, CancellationToken cancellationToken)
    {
        var plans = CatalogPlan.Make(tree);
        var levels = plans.GroupBy(static plan => plan.Depth).OrderBy(static level => level.Key).Select(static level => level.ToArray()).ToArray();
        if (previousRoot is { } root) await CompareAsync(plans, levels, root, cancellationToken).ConfigureAwait(false);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken };
        for (int depth = levels.Length - 1; depth >= 0; depth--)
        {
            await Parallel.ForEachAsync(levels[depth], parallel, (plan, token) => FinishAsync(plan, revision, rewriteRoot && plan.Mountpoint.IsRoot, token)).ConfigureAwait(false);
        }

        return plans[0];
    }

    private async Task CompareAsync(List<CatalogPlan> plans, CatalogPlan[][] levels, NestedCatalog root, CancellationToken cancellationToken)
    {
        var byPath = plans.ToDictionary(static plan => plan.Mountpoint);
        var known = new Dictionary<RepositoryPath, NestedCatalog> { [RepositoryPath.Root] = root };
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken };
        foreach (var level in levels)
        {
            await Parallel.ForEachAsync(
                level.Where(plan => known.ContainsKey(plan.Mountpoint)), parallel,
                async (plan, token) => plan.Previous = await CompareAsync(plan, known[plan.Mountpoint], token).ConfigureAwait(false)).ConfigureAwait(false);

            var found = new Queue<NestedCatalog>(level.SelectMany(static plan => plan.Previous?.Nested ?? []));
            while (found.TryDequeue(out var nested))
            {
                if (nested.IsBind) continue;
                known[nested.Mountpoint] = nested;
                if (byPath.ContainsKey(nested.Mountpoint) || !plans.Exists(plan => plan.Mountpoint.IsAtOrBelow(nested.Mountpoint))) continue;

                // A catalog was taken away between two that stay: the lower one is only registered in it.
                using var removed = await reader.OpenCatalogAsync(nested, cancellationToken).ConfigureAwait(false);
                foreach (var below in removed.NestedCatalogs) found.Enqueue(below);
            }
        }
    }

    private async ValueTask<PreviousCatalog> CompareAsync(CatalogPlan plan, NestedCatalog previous, CancellationToken cancellationToken)
    {
        using var catalog = await reader.OpenCatalogAsync(previous, cancellationToken).ConfigureAwait(false);
        bool isSame = (!plan.Mountpoint.IsRoot || HasSameProperties(catalog))
            && CatalogComparer.HasSameEntries(catalog, EntryPlanner.Plan(plan), cancellationToken);
        return new PreviousCatalog(previous with { Size = catalog.Length }, catalog.Revision, catalog.Statistics.Total, catalog.NestedCatalogs, isSame);
    }

    private bool HasSameProperties(Catalog root)
        => root.Ttl == settings.Ttl && root.IsVolatile == settings.IsVolatile && root.VomsAuthz == settings.VomsAuthz;

    private async ValueTask FinishAsync(CatalogPlan plan, ulong revision, bool rewrite, CancellationToken cancellationToken)
    {
        NestedCatalog[] nested = [.. plan.Children.Select(static child => child.Result).Concat(plan.Unopened).OrderBy(static catalog => catalog.Mountpoint)];
        Interlocked.Add(ref _kept, plan.Unopened.Count(static catalog => !catalog.IsBind));
        if (!rewrite && plan.Previous is { HasSameEntries: true } previous && CatalogComparer.HasSameNested(previous.Nested, nested))
        {
            Interlocked.Increment(ref _kept);
            (plan.Result, plan.Total, plan.IsKept) = (previous.Catalog, previous.Total, true);
            return;
        }

        var subtree = default(CatalogCounters);
        foreach (var child in plan.Children) subtree += child.Total;
        foreach (var catalog in plan.Unopened) subtree += await TotalOfAsync(catalog, cancellationToken).ConfigureAwait(false);
        byte[] image = CatalogImage.Write(Header(plan, revision), EntryPlanner.Plan(plan), nested, subtree, out var self);
        plan.Total = self + subtree;
        plan.Result = new NestedCatalog(plan.Mountpoint, await StoreAsync(image, cancellationToken).ConfigureAwait(false), image.Length, IsBind: false);
        Interlocked.Increment(ref _written);
    }

    private CatalogHeader Header(CatalogPlan plan, ulong revision)
    {
        bool isRoot = plan.Mountpoint.IsRoot;
        return new CatalogHeader
        {
            RootPrefix = plan.Mountpoint,
            Revision = isRoot ? revision : (plan.Previous?.Revision ?? 0) + 1,
            LastModified = now,
            PreviousRevision = plan.Previous?.Catalog.Hash ?? (isRoot ? null : default(ContentHash)),
            Ttl = isRoot ? settings.Ttl : null,
            IsVolatile = isRoot && settings.IsVolatile,
            VomsAuthz = isRoot ? settings.VomsAuthz : null,
        };
    }

    private async ValueTask<CatalogCounters> TotalOfAsync(NestedCatalog catalog, CancellationToken cancellationToken)
    {
        if (catalog.IsBind) return default; // not part of this repository's counts
        using var opened = await reader.OpenCatalogAsync(catalog, cancellationToken).ConfigureAwait(false);
        return opened.Statistics.Total;
    }

    private async ValueTask<ContentHash> StoreAsync(byte[] image, CancellationToken cancellationToken)
    {
        using var encoder = new ObjectEncoder(objects, settings.HashAlgorithm, CompressionId.Zlib, ZlibCodec.DefaultLevel);
        return await encoder.StoreAsync(image, ObjectSuffix.Catalog, cancellationToken).ConfigureAwait(false);
    }
}
