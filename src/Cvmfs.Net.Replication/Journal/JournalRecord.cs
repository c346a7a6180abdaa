using System.Buffers.Binary;
using System.Numerics;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Journal;

/// <summary>What a record of the journal says.</summary>
internal enum JournalRecordKind : byte
{
    /// <summary>First record: what the others hold under. Carries a mark instead of a key.</summary>
    Header = (byte)'B',

    /// <summary>All objects of a catalog itself are in the store; what is below its nested catalogs may not be.</summary>
    Listed = (byte)'L',

    /// <summary>An object was given up.</summary>
    Failed = (byte)'F',
}

/// <summary>One record: 32 bytes, so that what a crash tore is told by its length, and the rest by its checksum.</summary>
/// <remarks>Layout: kind, algorithm, suffix, reason; 20 bytes digest or mark; 4 bytes zero; CRC-32C over the 28 bytes before it, little-endian.</remarks>
/// <param name="Kind">What it says.</param>
/// <param name="Key">Of which object; for a header, a hash of what it was made under.</param>
/// <param name="Reason">For a failure, why.</param>
internal readonly record struct JournalRecord(JournalRecordKind Kind, ObjectKey Key, TransferFailureReason Reason = default)
{
    /// <summary>Bytes of every record.</summary>
    public const int Bytes = 32;

    private const int DigestOffset = 4;
    private const int ChecksumOffset = Bytes - sizeof(uint);

    /// <summary>Writes the record to the first <see cref="Bytes"/> bytes of a span.</summary>
    public void WriteTo(Span<byte> destination)
    {
        destination = destination[..Bytes];
        destination.Clear();
        destination[0] = (byte)Kind;
        destination[1] = (byte)Key.Hash.Algorithm;
        destination[2] = (byte)Key.Suffix;
        destination[3] = (byte)Reason;
        Key.Hash.CopyDigestTo(destination[DigestOffset..]);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[ChecksumOffset..], Checksum(destination));
    }

    /// <summary>Reads a record.</summary>
    /// <returns>False if these bytes are none.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out JournalRecord record)
    {
        record = default;
        if (source.Length < Bytes || BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumOffset..]) != Checksum(source)) return false;
        var kind = (JournalRecordKind)source[0];
        var algorithm = (HashAlgorithmId)source[1];
        var reason = (TransferFailureReason)source[3];
        if (!Enum.IsDefined(kind) || !Enum.IsDefined((ObjectSuffix)source[2]) || !Enum.IsDefined(reason)) return false;
        if (algorithm is < HashAlgorithmId.Sha1 or > HashAlgorithmId.Shake128) return false;
        var hash = new ContentHash(algorithm, source.Slice(DigestOffset, ContentHash.DigestBytes));
        record = new JournalRecord(kind, new ObjectKey(hash, (ObjectSuffix)source[2]), reason);
        return true;
    }

    private static uint Checksum(ReadOnlySpan<byte> record)
    {
        uint crc = uint.MaxValue;
        for (int at = 0; at < ChecksumOffset; at += sizeof(uint)) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt32LittleEndian(record[at..]));
        return ~crc;
    }
}
