using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Publishing.Trees;

/// <summary>One entry of a <see cref="PublishTree"/>. Not thread-safe; a tree belongs to one commit.</summary>
public sealed class TreeEntry
{
    private Dictionary<ReadOnlyMemory<byte>, TreeEntry>? _children;

    internal TreeEntry(ReadOnlyMemory<byte> name, TreeEntry? parent, EntryAttributes attributes)
    {
        Name = name;
        Parent = parent;
        Attributes = attributes;
        Kind = attributes.Kind;
    }

    /// <summary>Last path component, raw bytes; empty for the root.</summary>
    public ReadOnlyMemory<byte> Name { get; }

    /// <summary>The directory that holds it; null for the root.</summary>
    public TreeEntry? Parent { get; }

    /// <summary>What it is.</summary>
    public EntryKind Kind { get; }

    /// <summary>Mode, owner and time.</summary>
    public EntryAttributes Attributes { get; internal set; }

    /// <summary>Link target, raw bytes, variables literally; empty for everything that is no link.</summary>
    public ReadOnlyMemory<byte> SymlinkTarget { get; internal set; }

    /// <summary>Device number in glibc's <c>makedev</c> encoding; 0 for everything that is no device.</summary>
    public ulong DeviceNumber { get; internal set; }

    /// <summary>Where a file's bytes come from; null for all other kinds and for files that are taken over from an earlier revision.</summary>
    public FileContent? Content { get; internal set; }

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => Kind == EntryKind.Directory;

    /// <summary>Full path.</summary>
    public RepositoryPath Path => Parent is null ? RepositoryPath.Root : Parent.Path.Append(Name.Span);

    /// <summary>Entries of a directory, in no order.</summary>
    internal IReadOnlyCollection<TreeEntry> Children => (IReadOnlyCollection<TreeEntry>?)_children?.Values ?? [];

    /// <summary>Extended attributes as a catalog stores them; empty for none.</summary>
    public ReadOnlyMemory<byte> RawXattrs { get; internal set; }

    /// <summary>What the catalog will say of a file's content.</summary>
    internal PublishedContent? Published { get; set; }

    /// <summary>What a graft says of the content; outranks <see cref="Published"/>.</summary>
    internal PublishedContent? Grafted { get; set; }

    /// <summary>Equal and not null for entries of one directory that are the same file.</summary>
    internal HardlinkIdentity? Hardlink { get; set; }

    /// <summary>On the mountpoint of a catalog that was not opened: what is below is in there, and unchanged.</summary>
    internal NestedCatalog? Unopened { get; set; }

    /// <summary>Link count of an unopened mountpoint, which only its catalog could tell anew; 0 for all other entries.</summary>
    internal uint UnopenedLinkCount { get; set; }

    /// <summary>Flags of an entry of an earlier revision that say nothing of its content, and stay with it.</summary>
    internal EntryFlags KeptFlags { get; set; }

    internal TreeEntry? FindChild(ReadOnlySpan<byte> name)
        => _children is not null && _children.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out var child) ? child : null;

    internal TreeEntry AddChild(ReadOnlyMemory<byte> name, EntryAttributes attributes)
    {
        var child = new TreeEntry(name, this, attributes);
        (_children ??= new Dictionary<ReadOnlyMemory<byte>, TreeEntry>(NameComparer.Instance))[name] = child;
        return child;
    }

    internal bool RemoveChild(ReadOnlyMemory<byte> name) => _children is not null && _children.Remove(name);

    /// <summary>Children in bytewise order of their names: what makes two commits of one tree equal.</summary>
    internal TreeEntry[] SortedChildren()
    {
        if (_children is null) return [];
        var sorted = new TreeEntry[_children.Count];
        _children.Values.CopyTo(sorted, 0);
        Array.Sort(sorted, static (left, right) => NameComparer.Instance.Compare(left.Name, right.Name));
        return sorted;
    }
}

/// <summary>What hard links of one file share; compared by reference.</summary>
/// <param name="original">The entry that the file was first seen as, whether it is still in the tree or not.</param>
internal sealed class HardlinkIdentity(TreeEntry original)
{
    /// <summary>The entry whose content counts for all.</summary>
    public TreeEntry Original { get; } = original;
}
