using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Catalogs;

/// <summary>A decoded row; the spans belong to the statement and end with its next step.</summary>
internal ref struct CatalogRow
{
    public CatalogRowNumbers Numbers;
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Target;
    public ReadOnlySpan<byte> Xattrs;
}

/// <summary>What is of fixed size in a row. Without references, so that it can be kept outside the managed heap.</summary>
internal struct CatalogRowNumbers
{
    /// <summary>The catalog records no nanoseconds.</summary>
    public const int NoNanoseconds = -1;

    public ContentHash Hash;
    public long Size;
    public long MTimeSeconds;
    public int MTimeNanoseconds;
    public EntryFlags Flags;
    public uint Mode;
    public uint Uid;
    public uint Gid;
    public uint LinkCount;
    public uint HardlinkGroup;

    public readonly CatalogEntry ToEntry(ReadOnlyMemory<byte> name, ReadOnlySpan<byte> target, ReadOnlySpan<byte> xattrs) => new()
    {
        Name = name,
        Flags = Flags,
        Mode = Mode,
        Uid = Uid,
        Gid = Gid,
        RawSize = Size,
        MTimeSeconds = MTimeSeconds,
        MTimeNanoseconds = MTimeNanoseconds == NoNanoseconds ? null : MTimeNanoseconds,
        LinkCount = LinkCount,
        HardlinkGroup = HardlinkGroup,
        Hash = Hash,
        SymlinkTarget = target.IsEmpty ? default : target.ToArray(),
        RawXattrs = xattrs.IsEmpty ? default : xattrs.ToArray(),
    };
}
