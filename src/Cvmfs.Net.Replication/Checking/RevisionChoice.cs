using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>Decides at which catalogs a check begins: HEAD's, a tag's, those of all tags, of all revisions; or a nested one. Check 10.</summary>
internal sealed class RevisionChoice(CheckContext context, RootFindings roots)
{
    /// <summary>Puts them on the graph.</summary>
    /// <returns>How many revisions that are.</returns>
    /// <exception cref="IOException">The storage cannot be read.</exception>
    public async Task<int> AddToAsync(CatalogGraph graph, CancellationToken cancellationToken)
    {
        var chosen = Choose();
        foreach (var (hash, size) in chosen)
        {
            if (context.Options.Subtree is { IsRoot: false } subtree) await AddSubtreeAsync(graph, hash, subtree, cancellationToken).ConfigureAwait(false);
            else graph.Add(hash, RepositoryPath.Root, size);
        }

        return chosen.Count;
    }

    private List<(ContentHash Root, long Size)> Choose()
    {
        var options = context.Options;
        var manifest = roots.Manifest!;
        if (options.Tag is { } name)
        {
            if (roots.Tags?.Find(name) is { } tag) return [(tag.RootCatalog, tag.RootCatalogSize)];
            context.Findings.Fatal(10, "tag that does not exist", name);
            return [];
        }

        var chosen = new List<(ContentHash Root, long Size)> { (manifest.RootCatalog, (long)Math.Min(manifest.RootCatalogSize, long.MaxValue)) };
        var seen = new HashSet<ContentHash> { manifest.RootCatalog };
        if (options.AllTags || options.History)
        {
            // A tag that repeats another's root may give another size: each is compared.
            foreach (var tag in roots.Tags?.Tags ?? [])
            {
                if (seen.Add(tag.RootCatalog) || tag.RootCatalogSize > 0) chosen.Add((tag.RootCatalog, tag.RootCatalogSize));
            }
        }

        if (!options.History) return chosen;
        foreach (var root in roots.LoggedRoots)
        {
            // A revision whose root was collected is logged for a while and no loss.
            if (File.Exists(context.Catalogs.Store.PathOf(new ObjectKey(root, ObjectSuffix.Catalog))) && seen.Add(root)) chosen.Add((root, 0));
        }

        return chosen;
    }

    private async Task AddSubtreeAsync(CatalogGraph graph, ContentHash hash, RepositoryPath subtree, CancellationToken cancellationToken)
    {
        using var hasher = new ObjectFileHasher();
        while (true)
        {
            var (rows, problem) = await context.Catalogs.OpenAsync(hash, hasher, cancellationToken).ConfigureAwait(false);
            if (rows is null)
            {
                context.Findings.Error(11, "catalog above the subtree that cannot be loaded", key: new ObjectKey(hash, ObjectSuffix.Catalog).ToString(), found: problem);
                return;
            }

            using (rows)
            {
                var next = rows.ReadMountpoints().Find(nested => !nested.IsBind && RepositoryPath.TryFromBytes(nested.Path, out var path) && !path.IsRoot && subtree.IsAtOrBelow(path) && path != rows.Root);
                if (next.Path is null)
                {
                    context.Findings.Fatal(10, "subtree that is no nested catalog", subtree.ToString());
                    return;
                }

                if (next.Path.AsSpan().SequenceEqual(subtree.Bytes))
                {
                    var scan = new CatalogScan(rows, null, rows.Root, null, cancellationToken);
                    graph.Add(next.Catalog, subtree, next.Size, scan.FindTransition(next.Path));
                    return;
                }

                hash = next.Catalog;
            }
        }
    }
}
