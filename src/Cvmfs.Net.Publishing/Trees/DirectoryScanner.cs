using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Publishing.Trees.Native;

namespace Cvmfs.Net.Publishing.Trees;

/// <summary>Reads names and attributes of a directory tree; the files' bytes are read later. Linux only: elsewhere there are no owners and device numbers.</summary>
internal sealed class DirectoryScanner
{
    private const int MaxPathBytes = 4095; // what the system calls take

    private readonly byte[] _root;
    private readonly PublisherOptions _options;

    private DirectoryScanner(string directory, PublisherOptions options)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        _root = Encoding.UTF8.GetBytes(full == "/" ? "" : full);
        _options = options;
    }

    /// <summary>Scans a tree.</summary>
    /// <exception cref="PlatformNotSupportedException">This is not 64-bit Linux.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    /// <exception cref="CvmfsPublishException">An entry cannot be read or expressed in a catalog.</exception>
    public static PublishTree Scan(string directory, PublisherOptions options, CancellationToken cancellationToken)
    {
        if (!LinuxFiles.IsSupported) throw new PlatformNotSupportedException("Directories are published on 64-bit Linux only; elsewhere publish a tar archive.");
        if (!Directory.Exists(directory)) throw new DirectoryNotFoundException($"{directory}: there is no such directory.");
        return new DirectoryScanner(directory, options).Scan(cancellationToken);
    }

    private PublishTree Scan(CancellationToken cancellationToken)
    {
        var rootStatus = LinuxFiles.Status(PathOf(RepositoryPath.Root));
        var tree = new PublishTree(Attributes(rootStatus with { Mode = EntryAttributes.Directory | (rootStatus.Mode & 0xFFF) }));
        tree.Root.RawXattrs = ReadXattrs(RepositoryPath.Root);
        var open = new Stack<(TreeEntry Directory, RepositoryPath Path)>([(tree.Root, RepositoryPath.Root)]);
        while (open.TryPop(out var directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Dictionary<InodeId, TreeEntry>? linked = null;
            foreach (byte[] name in List(directory.Path))
            {
                var path = directory.Path.Append(name);
                var (child, status) = Add(directory.Directory, name, path);
                if (child.IsDirectory) open.Push((child, path));
                else if (status.Links > 1) Link(linked ??= [], status.Inode, child);
            }
        }

        return tree;
    }

    /// <summary>Only links within one directory are kept together, which is all that a catalog can say.</summary>
    private static void Link(Dictionary<InodeId, TreeEntry> linked, InodeId inode, TreeEntry child)
    {
        if (linked.TryAdd(inode, child)) return;
        var original = linked[inode];
        child.Hardlink = original.Hardlink ??= new HardlinkIdentity(original);
    }

    private List<byte[]> List(RepositoryPath path) => Guarded(path, bytes => LinuxFiles.List(bytes));

    private (TreeEntry Child, FileStatus Status) Add(TreeEntry directory, byte[] name, RepositoryPath path)
    {
        var status = Guarded(path, LinuxFiles.Status);
        var child = directory.AddChild(name, Attributes(status));
        child.RawXattrs = ReadXattrs(path);
        switch (child.Kind)
        {
            case EntryKind.File:
                child.Content = new ScannedFile(this, child, status.Size);
                break;
            case EntryKind.SymbolicLink:
                child.SymlinkTarget = Guarded(path, LinuxFiles.ReadLink);
                break;
            case EntryKind.CharacterDevice or EntryKind.BlockDevice:
                child.DeviceNumber = status.DeviceNumber;
                break;
        }

        return (child, status);
    }

    private EntryAttributes Attributes(FileStatus status)
    {
        var attributes = new EntryAttributes(
            status.Mode, status.Uid, status.Gid, status.MTimeSeconds, _options.RecordNanoseconds ? status.MTimeNanoseconds : null);
        return _options.Owners?.Apply(attributes) ?? attributes;
    }

    private ReadOnlyMemory<byte> ReadXattrs(RepositoryPath path)
    {
        if (_options.Xattrs == XattrSelection.None) return default;
        byte[] bytes = PathOf(path);
        List<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>>? found = null;
        foreach (byte[] name in Guarded(path, bytes => LinuxFiles.ListAttributes(bytes)))
        {
            if (!_options.Xattrs.Includes(name)) continue;
            if (LinuxFiles.GetAttribute(bytes, name) is { } value) (found ??= []).Add(new(name, value));
        }

        return found is null ? default : Serialize(path, found);
    }

    private static byte[] Serialize(RepositoryPath path, List<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> xattrs)
    {
        try
        {
            return ExtendedAttributes.Create(xattrs).Serialize();
        }
        catch (ArgumentException refused)
        {
            throw CvmfsPublishException.At(path, $"the extended attributes cannot be stored: {refused.Message}");
        }
    }

    private byte[] PathOf(RepositoryPath path)
    {
        if (_root.Length + path.Bytes.Length > MaxPathBytes) throw CvmfsPublishException.At(path, $"the path is longer than {MaxPathBytes} bytes.");
        byte[] bytes = new byte[Math.Max(_root.Length + path.Bytes.Length, 1) + 1];
        bytes[0] = (byte)'/';
        _root.CopyTo(bytes, 0);
        path.Bytes.CopyTo(bytes.AsSpan(_root.Length));
        return bytes;
    }

    private T Guarded<T>(RepositoryPath path, NativeCall<T> call)
    {
        try
        {
            return call(PathOf(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CvmfsPublishException(path.ToString(), failure.Message, failure);
        }
    }

    private delegate T NativeCall<out T>(ReadOnlySpan<byte> path);

    /// <summary>A file that was found; its path is put together when it is opened.</summary>
    private sealed class ScannedFile(DirectoryScanner scanner, TreeEntry entry, long length) : FileContent
    {
        public override long Length => length;

        public override Stream OpenRead() => new LocalReadStream(LinuxFiles.OpenRead(scanner.PathOf(entry.Path)));
    }
}
