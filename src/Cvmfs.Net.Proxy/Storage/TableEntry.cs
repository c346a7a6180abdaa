using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>What a table knows of an object: 64 bytes with a value of 8, as millions of them are held.</summary>
internal struct TableEntry<TValue>
    where TValue : struct
{
    private const int LengthBits = 38;
    private const int RepositoryBits = 14;
    private const int MainBit = LengthBits + RepositoryBits;
    private const int CatalogBit = MainBit + 1;
    private const int VerifiedAt = CatalogBit + 1;
    private const int InUseBit = VerifiedAt + 8;

    /// <summary>Longest object, in bytes.</summary>
    public const long MaxLength = (1L << LengthBits) - 1;

    /// <summary>Largest number of a repository.</summary>
    public const int MaxRepository = (1 << RepositoryBits) - 1;

    public ContentHash Hash;
    public TValue Value;
    public int NextInBucket;
    public int Older;
    public int Newer;

    /// <summary>Minute of the last use, and uses since the queue was last looked at. Written by readers without a lock: one that is lost does not matter.</summary>
    public uint Use;

    public FetchTime FetchedAt;

    private ulong _packed;

    public TableEntry(in ContentHash hash, TValue value, long length, int repository, bool isCatalog, byte verified)
    {
        Hash = hash;
        Value = value;
        _packed = (ulong)length | ((ulong)repository << LengthBits) | ((isCatalog ? 1ul : 0) << CatalogBit) | ((ulong)verified << VerifiedAt) | (1ul << InUseBit);
    }

    public readonly long Length => (long)(_packed & MaxLength);

    public readonly int Repository => (int)(_packed >> LengthBits) & MaxRepository;

    public readonly bool IsCatalog => ((_packed >> CatalogBit) & 1) != 0;

    public readonly bool IsInUse => ((_packed >> InUseBit) & 1) != 0;

    /// <summary>Whether it is in the main queue rather than in the small one.</summary>
    public bool IsMain
    {
        readonly get => ((_packed >> MainBit) & 1) != 0;
        set => _packed = value ? _packed | (1ul << MainBit) : _packed & ~(1ul << MainBit);
    }

    /// <summary>The epoch of its folder in which it was hashed; 0 for never.</summary>
    public byte Verified
    {
        readonly get => (byte)(_packed >> VerifiedAt);
        set => _packed = (_packed & ~(0xfful << VerifiedAt)) | ((ulong)value << VerifiedAt);
    }

    public readonly uint Touches => Use & 0xff;

    public readonly uint Minute => Use >> 8;
}
