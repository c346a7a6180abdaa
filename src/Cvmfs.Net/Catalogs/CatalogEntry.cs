using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Catalogs;

/// <summary>One entry of a catalog: what a directory listing shows, and where the content is. Immutable.</summary>
public sealed record CatalogEntry
{
    /// <summary>Last path component, raw bytes; empty for the repository's root.</summary>
    public ReadOnlyMemory<byte> Name { get; init; }

    /// <summary>Flag bits as stored.</summary>
    public EntryFlags Flags { get; init; }

    /// <summary>POSIX <c>st_mode</c>, type bits included.</summary>
    public uint Mode { get; init; }

    /// <summary>Numeric owner.</summary>
    public uint Uid { get; init; }

    /// <summary>Numeric group.</summary>
    public uint Gid { get; init; }

    /// <summary>Column <c>size</c> as stored: content bytes of a file, target bytes of a link, the device number of a device.</summary>
    public long RawSize { get; init; }

    /// <summary>Modification time, whole Unix seconds; may be negative.</summary>
    public long MTimeSeconds { get; init; }

    /// <summary>Nanoseconds within the second, 0…999,999,999; null where the catalog does not record them.</summary>
    public int? MTimeNanoseconds { get; init; }

    /// <summary>Link count, at least 1.</summary>
    public uint LinkCount { get; init; } = 1;

    /// <summary>Group of hard links within the catalog; 0 for none.</summary>
    public uint HardlinkGroup { get; init; }

    /// <summary>Hash of the whole file's stored bytes; null hash where there is none (directories, links, most chunked files).</summary>
    public ContentHash Hash { get; init; }

    /// <summary>Link target, raw bytes, variables not expanded; empty for everything that is no link.</summary>
    public ReadOnlyMemory<byte> SymlinkTarget { get; init; }

    /// <summary>Extended attributes as stored (version, count, length-prefixed keys and values); empty for none.</summary>
    public ReadOnlyMemory<byte> RawXattrs { get; init; }

    /// <summary>What it is, by the mode's type bits; a mode without known type bits falls back on the flags.</summary>
    public EntryKind Kind => (Mode & 0xF000) switch
    {
        0x8000 => EntryKind.File,
        0x4000 => EntryKind.Directory,
        0xA000 => EntryKind.SymbolicLink,
        0x1000 => EntryKind.Fifo,
        0xC000 => EntryKind.Socket,
        0x2000 => EntryKind.CharacterDevice,
        0x6000 => EntryKind.BlockDevice,
        _ when (Flags & EntryFlags.Directory) != 0 => EntryKind.Directory,
        _ when (Flags & EntryFlags.SymbolicLink) != 0 => EntryKind.SymbolicLink,
        _ => EntryKind.File,
    };

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => Kind == EntryKind.Directory;

    /// <summary>Whether it is a regular file.</summary>
    public bool IsFile => Kind == EntryKind.File;

    /// <summary>Whether the content is a list of chunks.</summary>
    public bool IsChunked => (Flags & EntryFlags.Chunked) != 0;

    /// <summary>Whether the content is outside the object store.</summary>
    public bool IsExternal => (Flags & EntryFlags.External) != 0;

    /// <summary>Whether listings leave it out.</summary>
    public bool IsHidden => (Flags & EntryFlags.Hidden) != 0;

    /// <summary>Whether the content is in a nested catalog or another root catalog.</summary>
    public bool IsMountpoint => (Flags & (EntryFlags.NestedMountpoint | EntryFlags.BindMountpoint)) != 0;

    /// <summary>Compression of the content and of every chunk.</summary>
    public CompressionId Compression => Flags.GetCompression();

    /// <summary>Size to show: bytes of a file or link target, 0 for devices, FIFOs and sockets.</summary>
    public long Size => Kind is EntryKind.File or EntryKind.SymbolicLink or EntryKind.Directory ? RawSize : 0;

    /// <summary>Device number (glibc <c>makedev</c> encoding); 0 for everything that is no device.</summary>
    public ulong DeviceNumber => Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice ? (ulong)RawSize : 0;
}
