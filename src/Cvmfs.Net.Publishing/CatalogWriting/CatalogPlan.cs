using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Publishing.Trees;

namespace Cvmfs.Net.Publishing.CatalogWriting;

/// <summary>One catalog of the revision to be: where it is mounted, what is below it, and in the end what became of it.</summary>
internal sealed class CatalogPlan(RepositoryPath mountpoint, TreeEntry root, int depth)
{
    /// <summary>Full path of the directory it fills.</summary>
    public RepositoryPath Mountpoint { get; } = mountpoint;

    /// <summary>That directory.</summary>
    public TreeEntry Root { get; } = root;

    /// <summary>Catalogs above it; 0 for the root catalog.</summary>
    public int Depth { get; } = depth;

    /// <summary>Catalogs mounted in it that are planned here, too; ordered by path.</summary>
    public List<CatalogPlan> Children { get; } = [];

    /// <summary>Catalogs mounted in it that were not opened and stay as they are.</summary>
    public List<NestedCatalog> Unopened { get; } = [];

    /// <summary>The catalog that was mounted here before; null where there was none.</summary>
    public PreviousCatalog? Previous { get; set; }

    /// <summary>What its parent registers; set once it is written or kept.</summary>
    public NestedCatalog Result { get; set; }

    /// <summary>All entries in it and below; set with <see cref="Result"/>.</summary>
    public CatalogCounters Total { get; set; }

    /// <summary>Whether the previous catalog stays in use.</summary>
    public bool IsKept { get; set; }

    /// <summary>Plans the catalogs of a tree: a new one begins at every directory with a marker.</summary>
    /// <returns>The root catalog's plan first, parents always before their children.</returns>
    public static List<CatalogPlan> Make(PublishTree tree)
    {
        var root = new CatalogPlan(RepositoryPath.Root, tree.Root, 0);
        var plans = new List<CatalogPlan> { root };
        for (int i = 0; i < plans.Count; i++) plans[i].FindNested(plans);
        return plans;
    }

    private void FindNested(List<CatalogPlan> plans)
    {
        var open = new Stack<(TreeEntry Directory, RepositoryPath Path)>();
        open.Push((Root, Mountpoint));
        while (open.TryPop(out var directory))
        {
            foreach (var child in directory.Directory.Children)
            {
                if (!child.IsDirectory) continue;
                var path = directory.Path.Append(child.Name.Span);
                if (child.Unopened is { } unopened)
                {
                    Unopened.Add(unopened);
                }
                else if (MagicNames.IsNestedRoot(child))
                {
                    Children.Add(new CatalogPlan(path, child, Depth + 1));
                }
                else
                {
                    open.Push((child, path));
                }
            }
        }

        Children.Sort(static (left, right) => left.Mountpoint.CompareTo(right.Mountpoint));
        plans.AddRange(Children);
    }
}

/// <summary>A catalog of the revision before, as far as it matters for the one that may replace it.</summary>
/// <param name="Catalog">Where it is and how large.</param>
/// <param name="Revision">Its own count of rewrites.</param>
/// <param name="Total">All entries in it and below.</param>
/// <param name="Nested">What it registers.</param>
/// <param name="HasSameEntries">Whether entries, chunks and properties are those that a new catalog would have.</param>
internal sealed record PreviousCatalog(
    NestedCatalog Catalog, ulong Revision, CatalogCounters Total, IReadOnlyList<NestedCatalog> Nested, bool HasSameEntries);
