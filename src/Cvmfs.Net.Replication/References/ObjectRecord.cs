using System.Buffers.Binary;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.References;

/// <summary>An object's name in 24 bytes that sort fast and go to files as they are: the digest as printed, then algorithm, then suffix.</summary>
/// <remarks>The order is that of the folders <c>data/00</c> to <c>data/ff</c>, and within one that of the digests. Files of records are read on the machine that wrote them only.</remarks>
/// <param name="High">Digest, bytes 0 to 7.</param>
/// <param name="Middle">Digest, bytes 8 to 15.</param>
/// <param name="Low">Digest, bytes 16 to 19, then algorithm, then suffix, then 16 bits of nothing.</param>
internal readonly record struct ObjectRecord(ulong High, ulong Middle, ulong Low) : IComparable<ObjectRecord>
{
    /// <summary>Bytes of a record.</summary>
    public const int Bytes = 24;

    private const int AlgorithmShift = 24;
    private const int SuffixShift = 16;

    /// <summary>The folder of the object.</summary>
    public byte Folder => (byte)(High >> 56);

    /// <summary>The kind of object.</summary>
    public ObjectSuffix Suffix => (ObjectSuffix)(byte)(Low >> SuffixShift);

    /// <summary>The record of an object.</summary>
    public static ObjectRecord Of(ObjectKey key)
    {
        Span<byte> digest = stackalloc byte[ContentHash.DigestBytes];
        key.Hash.CopyDigestTo(digest);
        ulong low = (ulong)BinaryPrimitives.ReadUInt32BigEndian(digest[16..]) << 32;
        return new ObjectRecord(
            BinaryPrimitives.ReadUInt64BigEndian(digest),
            BinaryPrimitives.ReadUInt64BigEndian(digest[8..]),
            low | (ulong)key.Hash.Algorithm << AlgorithmShift | (ulong)key.Suffix << SuffixShift);
    }

    /// <summary>The object.</summary>
    /// <exception cref="ArgumentException">The record was not made from a key.</exception>
    public ObjectKey ToKey()
    {
        Span<byte> digest = stackalloc byte[ContentHash.DigestBytes];
        BinaryPrimitives.WriteUInt64BigEndian(digest, High);
        BinaryPrimitives.WriteUInt64BigEndian(digest[8..], Middle);
        BinaryPrimitives.WriteUInt32BigEndian(digest[16..], (uint)(Low >> 32));
        return new ObjectKey(new ContentHash((HashAlgorithmId)(byte)(Low >> AlgorithmShift), digest), Suffix);
    }

    /// <inheritdoc/>
    public int CompareTo(ObjectRecord other)
    {
        if (High != other.High) return High < other.High ? -1 : 1; // nearly always decided here
        if (Middle != other.Middle) return Middle < other.Middle ? -1 : 1;
        return Low.CompareTo(other.Low);
    }
}
