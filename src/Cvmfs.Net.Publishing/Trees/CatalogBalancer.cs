namespace Cvmfs.Net.Publishing.Trees;

/// <summary>Splits catalogs that would be too large, from the leaves up: the heaviest directories get catalogs of their own.</summary>
internal static class CatalogBalancer
{
    /// <summary>Marks directories until no catalog has more entries than wanted, or nothing large enough is left to split off.</summary>
    /// <param name="root">The tree's root.</param>
    /// <param name="maxEntries">Most entries of a catalog.</param>
    /// <param name="minEntries">Fewest entries that are worth a catalog.</param>
    public static void Balance(TreeEntry root, int maxEntries, int minEntries)
    {
        var weights = new Dictionary<TreeEntry, long>();
        var open = new Stack<(TreeEntry Directory, bool IsDone)>([(root, false)]);
        while (open.TryPop(out var top))
        {
            if (top.IsDone)
            {
                weights[top.Directory] = Split(top.Directory, weights, maxEntries, minEntries);
                continue;
            }

            open.Push((top.Directory, true));
            foreach (var child in top.Directory.Children)
            {
                if (child.IsDirectory && child.Unopened is null) open.Push((child, false));
            }
        }
    }

    /// <returns>Entries that the directory adds to the catalog it is in, itself not counted.</returns>
    private static long Split(TreeEntry directory, Dictionary<TreeEntry, long> weights, int maxEntries, int minEntries)
    {
        long weight = directory.Children.Count;
        var heavy = new List<(TreeEntry Child, long Weight)>();
        foreach (var child in directory.Children)
        {
            if (!child.IsDirectory || MagicNames.IsNestedRoot(child)) continue;
            weight += weights[child];
            if (weights[child] >= minEntries) heavy.Add((child, weights[child]));
        }

        // The heaviest first; names decide between equals, so that the same tree is always split the same way.
        heavy.Sort(static (left, right) => left.Weight != right.Weight ? right.Weight.CompareTo(left.Weight) : NameComparer.Instance.Compare(left.Child.Name, right.Child.Name));
        foreach (var (child, childWeight) in heavy)
        {
            if (weight <= maxEntries) break;
            MagicNames.AddMarker(child, MagicNames.CatalogMarker);
            MagicNames.AddMarker(child, MagicNames.AutoCatalogMarker);
            weight -= childWeight;
        }

        return weight;
    }
}
