using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Publishing.CatalogWriting;

namespace Cvmfs.Net.Publishing.Trees;

/// <summary>The tree of a revision that is published, opened catalog by catalog as it is needed. Not thread-safe.</summary>
internal sealed class RevisionTree
{
    // What stays with an entry although nothing in a source tree says it.
    private const EntryFlags KeptFlags = EntryFlags.Hidden | EntryFlags.DirectIo | EntryFlags.BindMountpoint;

    private readonly RevisionReader _reader;

    private RevisionTree(RevisionReader reader, PublishTree tree) => (_reader, Tree) = (reader, tree);

    /// <summary>What is open so far.</summary>
    public PublishTree Tree { get; }

    /// <summary>Opens the root catalog.</summary>
    public static async Task<RevisionTree> OpenAsync(RevisionReader reader, NestedCatalog root, CancellationToken cancellationToken)
    {
        var tree = new RevisionTree(reader, new PublishTree(new EntryAttributes(EntryAttributes.Directory)));
        await tree.FillAsync(tree.Tree.Root, root, cancellationToken).ConfigureAwait(false);
        await tree.ReadDirtabAsync(cancellationToken).ConfigureAwait(false);
        return tree;
    }

    /// <summary>Opens every catalog on the way to a path, and the one mounted there.</summary>
    public async ValueTask OpenToAsync(RepositoryPath path, CancellationToken cancellationToken)
    {
        var entry = Tree.Root;
        foreach (var range in PublishTree.Components(path))
        {
            if (entry.FindChild(path.Bytes[range]) is not { } child) return;
            await OpenAsync(child, cancellationToken).ConfigureAwait(false);
            entry = child;
        }
    }

    /// <summary>Opens everything.</summary>
    public async ValueTask OpenAllAsync(CancellationToken cancellationToken)
    {
        var open = new Stack<TreeEntry>([Tree.Root]);
        while (open.TryPop(out var entry))
        {
            await OpenAsync(entry, cancellationToken).ConfigureAwait(false);
            foreach (var child in entry.Children)
            {
                if (child.IsDirectory) open.Push(child);
            }
        }
    }

    /// <summary>The rules of an earlier revision hold for what is added to it.</summary>
    private async ValueTask ReadDirtabAsync(CancellationToken cancellationToken)
    {
        if (Tree.Root.FindChild(MagicNames.Dirtab) is not { Published: { Hash.IsNull: false, IsExternal: false } published } dirtab) return;
        dirtab.Content = FileContent.FromMemory(await _reader.ReadFileAsync(published, cancellationToken).ConfigureAwait(false));
    }

    private ValueTask OpenAsync(TreeEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Unopened is not { IsBind: false } nested) return ValueTask.CompletedTask;
        (entry.Unopened, entry.UnopenedLinkCount) = (null, 0);
        return FillAsync(entry, nested, cancellationToken);
    }

    private async ValueTask FillAsync(TreeEntry mountpoint, NestedCatalog nested, CancellationToken cancellationToken)
    {
        using var catalog = await _reader.OpenCatalogAsync(nested, cancellationToken).ConfigureAwait(false);
        var groups = new Dictionary<uint, HardlinkIdentity>();
        var mounted = catalog.NestedCatalogs.ToDictionary(static other => other.Mountpoint);
        var open = new Stack<(RepositoryPath Path, TreeEntry Entry)>();
        foreach (var (path, entry) in catalog.ReadAllEntries(cancellationToken))
        {
            if (open.Count == 0)
            {
                Take(mountpoint, entry);
                open.Push((path, mountpoint));
                continue;
            }

            while (path.Parent != open.Peek().Path) open.Pop();
            var child = open.Peek().Entry.AddChild(entry.Name, Attributes(entry));
            Take(child, entry);
            if (entry.HardlinkGroup != 0)
            {
                if (!groups.TryGetValue(entry.HardlinkGroup, out var identity)) groups[entry.HardlinkGroup] = identity = new HardlinkIdentity(child);
                child.Hardlink = identity;
            }

            if (entry.IsMountpoint)
            {
                child.Unopened = mounted.TryGetValue(path, out var registered)
                    ? registered
                    : throw new CvmfsFormatException(catalog.Name, $"{path} is a mountpoint, but no catalog is registered for it.");
                child.UnopenedLinkCount = entry.LinkCount;
            }
            else if (entry.IsDirectory)
            {
                open.Push((path, child));
            }
            else if (entry.IsFile)
            {
                child.Published = Content(catalog, path, entry);
            }
        }
    }

    private static void Take(TreeEntry target, CatalogEntry entry)
    {
        target.Attributes = Attributes(entry);
        target.RawXattrs = entry.RawXattrs;
        target.SymlinkTarget = entry.SymlinkTarget;
        target.DeviceNumber = entry.DeviceNumber;
        target.KeptFlags = entry.Flags & KeptFlags;
    }

    private static EntryAttributes Attributes(CatalogEntry entry)
        => new(entry.Mode, entry.Uid, entry.Gid, entry.MTimeSeconds, entry.MTimeNanoseconds);

    private static PublishedContent Content(Catalog catalog, RepositoryPath path, CatalogEntry entry)
    {
        if (!entry.Flags.TryGetHashAlgorithm(out var algorithm)) throw new CvmfsFormatException(catalog.Name, $"{path} has a hash of an unassigned algorithm.");
        return new PublishedContent
        {
            Size = entry.RawSize,
            Hash = entry.Hash,
            Algorithm = algorithm,
            Compression = entry.Compression,
            IsExternal = entry.IsExternal,
            Chunks = entry.IsChunked ? catalog.Chunks(path, entry) : [],
        };
    }
}
