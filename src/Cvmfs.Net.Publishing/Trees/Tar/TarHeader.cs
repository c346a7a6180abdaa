using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Publishing.Trees.Tar;

/// <summary>One entry of an archive, with everything that extension headers said of it.</summary>
internal sealed record TarHeader
{
    /// <summary>Path as written, raw bytes.</summary>
    public required byte[] Name { get; init; }

    /// <summary>Target of a symbolic or hard link, raw bytes.</summary>
    public byte[] LinkName { get; init; } = [];

    /// <summary>Type flag; 0 is made '0'.</summary>
    public required byte Type { get; init; }

    /// <summary>Permission bits.</summary>
    public uint Permissions { get; init; }

    /// <summary>Owner.</summary>
    public uint Uid { get; init; }

    /// <summary>Group.</summary>
    public uint Gid { get; init; }

    /// <summary>Bytes of content.</summary>
    public long Size { get; init; }

    /// <summary>Modification time, whole Unix seconds.</summary>
    public long MTimeSeconds { get; init; }

    /// <summary>Nanoseconds within the second; 0 where the archive records none.</summary>
    public int MTimeNanoseconds { get; init; }

    /// <summary>Device number, for devices.</summary>
    public ulong DeviceNumber { get; init; }

    /// <summary>Extended attributes, raw.</summary>
    public IReadOnlyList<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> Xattrs { get; init; } = [];

    /// <summary>What it becomes; null for a hard link.</summary>
    public EntryKind? Kind => Type switch
    {
        (byte)'1' => null,
        (byte)'2' => EntryKind.SymbolicLink,
        (byte)'3' => EntryKind.CharacterDevice,
        (byte)'4' => EntryKind.BlockDevice,
        (byte)'5' => EntryKind.Directory,
        (byte)'6' => EntryKind.Fifo,
        _ when Name is [.., (byte)'/'] => EntryKind.Directory, // how archives of before 1988 say it
        _ => EntryKind.File,
    };
}
