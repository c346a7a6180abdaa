using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>A row of table <c>catalog</c> as it is stored, sense or no sense. The spans end with the next step of the statement.</summary>
internal ref struct CheckedRow
{
    public PathHash Path;
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Target;
    public ContentHash Hash;
    public EntryFlags Flags;
    public uint Mode;
    public long Size;
    public long MTime;
    public uint LinkCount;
    public uint HardlinkGroup;
    public bool HasXattrs;
    public bool HasUnknownAlgorithm;
    public bool HasMalformedHash;

    private const uint TypeMask = 0xF000;

    public readonly bool IsDirectory => (Mode & TypeMask) == 0x4000;

    public readonly bool IsFile => (Mode & TypeMask) == 0x8000;

    public readonly bool IsLink => (Mode & TypeMask) == 0xA000;

    public readonly bool IsDevice => (Mode & TypeMask) is 0x2000 or 0x6000;

    public readonly bool IsSpecial => IsDevice || (Mode & TypeMask) is 0x1000 or 0xC000;

    public readonly bool Has(EntryFlags flag) => (Flags & flag) != 0;
}
