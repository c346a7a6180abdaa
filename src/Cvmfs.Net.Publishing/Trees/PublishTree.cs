using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Publishing.Trees;

/// <summary>A tree to be published, in memory: names and attributes, with the files' bytes where they are. Not thread-safe.</summary>
/// <remarks>Some 300 bytes an entry. Nothing is read from the files before the commit.</remarks>
public sealed class PublishTree
{
    /// <summary>Creates a tree that holds only its root.</summary>
    public PublishTree(EntryAttributes root)
    {
        if (root.Kind != EntryKind.Directory) throw new ArgumentException("The root must be a directory.", nameof(root));
        Root = new TreeEntry(default, null, root);
    }

    /// <summary>The root directory.</summary>
    public TreeEntry Root { get; }

    /// <summary>Looks a path up; null when there is nothing.</summary>
    public TreeEntry? Find(RepositoryPath path)
    {
        var entry = Root;
        foreach (var range in Components(path))
        {
            if (entry.FindChild(path.Bytes[range]) is not { } child) return null;
            entry = child;
        }

        return entry;
    }

    /// <summary>Adds a directory, or gives an existing one other attributes. Missing directories above get the same attributes.</summary>
    public TreeEntry AddDirectory(RepositoryPath path, EntryAttributes attributes, ExtendedAttributes? xattrs = null)
    {
        if (attributes.Kind != EntryKind.Directory) throw new ArgumentException($"{path}: the mode is not a directory's.", nameof(attributes));
        if (Find(path) is { IsDirectory: true } existing)
        {
            existing.Attributes = attributes;
            existing.RawXattrs = Serialize(xattrs);
            return existing;
        }

        return Replace(path, attributes, xattrs);
    }

    /// <summary>Adds a regular file in place of whatever is at the path.</summary>
    public TreeEntry AddFile(
        RepositoryPath path, EntryAttributes attributes, FileContent content, ExtendedAttributes? xattrs = null)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (attributes.Kind != EntryKind.File) throw new ArgumentException($"{path}: the mode is not a regular file's.", nameof(attributes));
        var entry = Replace(path, attributes, xattrs);
        entry.Content = content;
        return entry;
    }

    /// <summary>Adds a symbolic link in place of whatever is at the path.</summary>
    /// <param name="path">Where.</param>
    /// <param name="attributes">Mode with the type bits of a link, owner, time.</param>
    /// <param name="target">Raw bytes; variables such as <c>$(NAME)</c> stay literal.</param>
    /// <param name="xattrs">Extended attributes.</param>
    public TreeEntry AddSymbolicLink(
        RepositoryPath path, EntryAttributes attributes, ReadOnlyMemory<byte> target, ExtendedAttributes? xattrs = null)
    {
        if (attributes.Kind != EntryKind.SymbolicLink) throw new ArgumentException($"{path}: the mode is not a symbolic link's.", nameof(attributes));
        if (target.IsEmpty || target.Span.Contains((byte)0)) throw new ArgumentException($"{path}: a link target is not empty and holds no NUL.", nameof(target));
        var entry = Replace(path, attributes, xattrs);
        entry.SymlinkTarget = target;
        return entry;
    }

    /// <summary>Adds a FIFO, socket or device in place of whatever is at the path.</summary>
    /// <param name="path">Where.</param>
    /// <param name="attributes">Mode with type bits, owner, time.</param>
    /// <param name="deviceNumber">Device number (glibc <c>makedev</c>); 0 for FIFOs and sockets.</param>
    /// <param name="xattrs">Extended attributes.</param>
    public TreeEntry AddSpecial(
        RepositoryPath path, EntryAttributes attributes, ulong deviceNumber = 0, ExtendedAttributes? xattrs = null)
    {
        bool isDevice = attributes.Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice;
        if (!isDevice && attributes.Kind is not (EntryKind.Fifo or EntryKind.Socket))
            throw new ArgumentException($"{path}: the mode is not a special file's.", nameof(attributes));
        var entry = Replace(path, attributes, xattrs);
        entry.DeviceNumber = isDevice ? deviceNumber : 0;
        return entry;
    }

    /// <summary>Adds a hard link: the same file under another name.</summary>
    /// <remarks>Links within one directory become a group; a link into another directory becomes a file of its own with the same content,
    /// which is all that the format can say.</remarks>
    /// <exception cref="CvmfsPublishException">The target is missing or a directory.</exception>
    public TreeEntry AddHardLink(RepositoryPath path, RepositoryPath target)
    {
        if (Find(target) is not { IsDirectory: false } original)
            throw CvmfsPublishException.At(path, $"hard link to {target}, which is no file in this tree.");
        original.Hardlink ??= new HardlinkIdentity(original);
        var entry = Replace(path, original.Attributes, xattrs: null);
        entry.Content = original.Content;
        entry.SymlinkTarget = original.SymlinkTarget;
        entry.DeviceNumber = original.DeviceNumber;
        entry.RawXattrs = original.RawXattrs;
        entry.Published = original.Published;
        entry.Hardlink = original.Hardlink;
        return entry;
    }

    /// <summary>Makes a directory the root of a nested catalog by putting an empty <c>.cvmfscatalog</c> into it.</summary>
    /// <exception cref="CvmfsPublishException">There is no such directory, or it is the repository's root.</exception>
    public void AddNestedCatalog(RepositoryPath directory)
    {
        if (directory.IsRoot) throw CvmfsPublishException.At(directory, "the repository's root cannot be a nested catalog.");
        if (Find(directory) is not { IsDirectory: true } entry) throw CvmfsPublishException.At(directory, "no such directory to be a nested catalog.");
        MagicNames.AddMarker(entry, MagicNames.CatalogMarker);
    }

    /// <summary>Removes an entry and everything below. False when there is nothing.</summary>
    /// <exception cref="ArgumentException">The root cannot be removed.</exception>
    public bool Remove(RepositoryPath path)
    {
        if (path.IsRoot) throw new ArgumentException("The root cannot be removed.", nameof(path));
        return Find(path) is { Parent: { } parent } entry && parent.RemoveChild(entry.Name);
    }

    private TreeEntry Replace(RepositoryPath path, EntryAttributes attributes, ExtendedAttributes? xattrs)
    {
        if (path.IsRoot) throw CvmfsPublishException.At(path, "the root is a directory and stays one.");
        var parent = Root;
        foreach (var range in Components(path.Parent))
        {
            var name = path.Bytes[range];
            var child = parent.FindChild(name);
            if (child is { IsDirectory: false }) throw CvmfsPublishException.At(path, $"{child.Path} is not a directory.");
            parent = child ?? parent.AddChild(name.ToArray(), attributes with { Mode = EntryAttributes.Directory | 0x1ED });
        }

        var entry = parent.AddChild(path.Name.ToArray(), attributes);
        entry.RawXattrs = Serialize(xattrs);
        return entry;
    }

    private static ReadOnlyMemory<byte> Serialize(ExtendedAttributes? xattrs) => xattrs is null or { Count: 0 } ? default : xattrs.Serialize();

    /// <summary>Where the names of a path begin and end.</summary>
    internal static List<Range> Components(RepositoryPath path)
    {
        var components = new List<Range>();
        var bytes = path.Bytes;
        for (int start = 1; start <= bytes.Length - 1;)
        {
            int length = bytes[start..].IndexOf((byte)'/');
            int end = length < 0 ? bytes.Length : start + length;
            components.Add(start..end);
            start = end + 1;
        }

        return components;
    }
}
