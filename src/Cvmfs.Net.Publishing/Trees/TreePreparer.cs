using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Publishing.Trees;

/// <summary>Applies what names inside a tree mean to a publisher, and refuses what cannot be published.</summary>
internal static class TreePreparer
{
    /// <summary>Prepares the part of a tree that is in memory. Harmless on a tree that was prepared before.</summary>
    /// <exception cref="CvmfsPublishException">The tree cannot be published as it is.</exception>
    public static void Prepare(PublishTree tree, PublisherOptions options)
    {
        CheckRoot(tree.Root);
        ApplyDirtab(tree);
        ApplyGrafts(tree.Root, options.ExternalData);
        CheckMarkers(tree.Root);
        if (options.AutoCatalogMaxEntries is { } most) CatalogBalancer.Balance(tree.Root, most, options.AutoCatalogMinEntries);
    }

    private static void CheckRoot(TreeEntry root)
    {
        if (root.FindChild(MagicNames.CatalogMarker) is { } marker)
            throw CvmfsPublishException.At(marker.Path, "the repository's root cannot carry the marker of a nested catalog.");
        if (root.FindChild(MagicNames.VirtualDirectory) is { Unopened: null } reserved)
            throw CvmfsPublishException.At(reserved.Path, "this name is reserved.");
    }

    private static void ApplyDirtab(PublishTree tree)
    {
        if (tree.Root.FindChild(MagicNames.Dirtab) is not { Kind: EntryKind.File, Content: { } content }) return;
        var dirtab = Dirtab.Parse(ReadAll(content));
        Visit(tree.Root, (directory, path) =>
        {
            if (directory.Parent is not null && dirtab.IsMatch(path.Bytes)) MagicNames.AddMarker(directory, MagicNames.CatalogMarker);
        });
    }

    private static void ApplyGrafts(TreeEntry root, bool isExternal) => Visit(root, (directory, path) =>
    {
        List<TreeEntry>? grafts = null;
        foreach (var child in directory.Children)
        {
            if (child.Name.Span.StartsWith(MagicNames.GraftPrefix)) (grafts ??= []).Add(child);
        }

        foreach (var graft in grafts ?? [])
        {
            var graftPath = path.Append(graft.Name.Span);
            if (graft.Kind != EntryKind.File || graft.Content is null) throw CvmfsPublishException.At(graftPath, "a graft is a regular file.");
            if (directory.FindChild(graft.Name.Span[MagicNames.GraftPrefix.Length..]) is not { Kind: EntryKind.File } target)
                throw CvmfsPublishException.At(graftPath, "the file that it describes is not there.");
            target.Grafted = Graft.Parse(graftPath, ReadAll(graft.Content), isExternal);
            target.Content = null;
            directory.RemoveChild(graft.Name);
        }
    });

    private static void CheckMarkers(TreeEntry root) => Visit(root, (directory, path) =>
    {
        if (directory.FindChild(MagicNames.CatalogMarker) is { Kind: not EntryKind.File })
            throw CvmfsPublishException.At(path.Append(MagicNames.CatalogMarker), "the marker of a nested catalog is a regular file.");
    });

    private static void Visit(TreeEntry root, Action<TreeEntry, RepositoryPath> visit)
    {
        var open = new Stack<(TreeEntry Directory, RepositoryPath Path)>();
        open.Push((root, root.Path));
        while (open.TryPop(out var top))
        {
            if (top.Directory.Unopened is not null) continue;
            visit(top.Directory, top.Path);
            foreach (var child in top.Directory.Children)
            {
                if (child.IsDirectory) open.Push((child, top.Path.Append(child.Name.Span)));
            }
        }
    }

    private static byte[] ReadAll(FileContent content)
    {
        if (content.TryGetBytes(out var bytes)) return bytes.ToArray();
        using var source = content.OpenRead();
        using var copy = new MemoryStream();
        source.CopyTo(copy);
        return copy.ToArray();
    }
}
