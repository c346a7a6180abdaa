using System.Buffers.Binary;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>What stands before an object in a segment. With it a segment can be read without any index.</summary>
internal readonly record struct SegmentRecord(ContentHash Hash, int Length, bool IsCatalog, FetchTime FetchedAt, uint ContentChecksum)
{
    /// <summary>Bytes of the head.</summary>
    public const int HeadBytes = ChecksumAt + sizeof(uint);

    private const uint Magic = 0x324D5643; // "CVM2"
    private const int AlgorithmAt = sizeof(uint);
    private const int FlagsAt = AlgorithmAt + 1;
    private const int LengthAt = FlagsAt + 1 + sizeof(ushort); // two bytes are kept for later
    private const int ContentChecksumAt = LengthAt + sizeof(int);
    private const int TimeAt = ContentChecksumAt + sizeof(uint);
    private const int DigestAt = TimeAt + sizeof(uint);
    private const int ChecksumAt = DigestAt + ContentHash.DigestBytes;
    private const int Alignment = 8;

    /// <summary>Bytes that an object of a length takes in a segment.</summary>
    public static int BytesOf(int length) => (HeadBytes + length + Alignment - 1) / Alignment * Alignment;

    /// <summary>Writes head, content and padding.</summary>
    /// <returns>Bytes written: <see cref="BytesOf"/> its length.</returns>
    public static int Write(Span<byte> target, in ContentHash hash, ReadOnlySpan<byte> content, bool isCatalog, FetchTime fetchedAt)
    {
        int bytes = BytesOf(content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target, Magic);
        target[AlgorithmAt] = (byte)hash.Algorithm;
        target[FlagsAt] = isCatalog ? (byte)1 : (byte)0;
        target[(FlagsAt + 1)..LengthAt].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(target[LengthAt..], content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ContentChecksumAt..], Checksum.Of(content));
        BinaryPrimitives.WriteUInt32LittleEndian(target[TimeAt..], fetchedAt.Seconds);
        hash.CopyDigestTo(target[DigestAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumAt..], Checksum.Of(target[..ChecksumAt]));
        content.CopyTo(target[HeadBytes..]);
        target[(HeadBytes + content.Length)..bytes].Clear();
        return bytes;
    }

    /// <summary>Reads a head. False when it is none, or damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> head, out SegmentRecord record)
    {
        record = default;
        if (head.Length < HeadBytes || BinaryPrimitives.ReadUInt32LittleEndian(head) != Magic) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(head[ChecksumAt..]) != Checksum.Of(head[..ChecksumAt])) return false;
        var algorithm = (HashAlgorithmId)head[AlgorithmAt];
        int length = BinaryPrimitives.ReadInt32LittleEndian(head[LengthAt..]);
        if (algorithm is < HashAlgorithmId.Sha1 or > HashAlgorithmId.Shake128 || length is <= 0 or >= Location.OwnFileBytes) return false;
        record = new SegmentRecord(
            new ContentHash(algorithm, head.Slice(DigestAt, ContentHash.DigestBytes)),
            length,
            (head[FlagsAt] & 1) != 0,
            new FetchTime(BinaryPrimitives.ReadUInt32LittleEndian(head[TimeAt..])),
            BinaryPrimitives.ReadUInt32LittleEndian(head[ContentChecksumAt..]));
        return true;
    }
}
