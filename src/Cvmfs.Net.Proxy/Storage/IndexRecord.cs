using System.Buffers.Binary;
using System.Text;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>A line of a snapshot or a log: length, kind, content, CRC-32C. The first one that is damaged ends the reading of its file.</summary>
internal static class IndexRecord
{
    /// <summary>Longest record, in bytes.</summary>
    public const int MaxBytes = 512;

    /// <summary>Bytes of a record that adds an object.</summary>
    public const int ObjectBytes = HeadBytes + ObjectContentBytes + sizeof(uint);

    private const int HeadBytes = sizeof(ushort) + 1;
    private const int FlagsAt = 1;
    private const int RepositoryAt = FlagsAt + 1;
    private const int SegmentAt = RepositoryAt + sizeof(ushort);
    private const int OffsetAt = SegmentAt + sizeof(uint);
    private const int LengthAt = OffsetAt + sizeof(uint);
    private const int UseAt = LengthAt + sizeof(long);
    private const int FetchedAt = UseAt + sizeof(uint);
    private const int DigestAt = FetchedAt + sizeof(uint);
    private const int ObjectContentBytes = DigestAt + ContentHash.DigestBytes;
    private const int MaxNameBytes = 255;

    /// <summary>What a record says.</summary>
    public enum Kind : byte
    {
        /// <summary>First record of a file: the version of the form, one byte.</summary>
        Version = 1,

        /// <summary>An object is there, and where.</summary>
        Added = 2,

        /// <summary>An object is gone.</summary>
        Removed = 3,

        /// <summary>A repository's number in the records that follow.</summary>
        Repository = 4,
    }

    public static int WriteVersion(Span<byte> target, byte version)
    {
        target[HeadBytes] = version;
        return Finish(target, Kind.Version, 1);
    }

    public static int WriteAdded(Span<byte> target, in TableEntry<Location> entry)
    {
        var content = target[HeadBytes..];
        content[0] = (byte)entry.Hash.Algorithm;
        content[FlagsAt] = (byte)((entry.IsCatalog ? 1 : 0) | (entry.IsMain ? 2 : 0));
        BinaryPrimitives.WriteUInt16LittleEndian(content[RepositoryAt..], (ushort)entry.Repository);
        BinaryPrimitives.WriteUInt32LittleEndian(content[SegmentAt..], entry.Value.Segment);
        BinaryPrimitives.WriteUInt32LittleEndian(content[OffsetAt..], entry.Value.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(content[LengthAt..], entry.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(content[UseAt..], entry.Use);
        BinaryPrimitives.WriteUInt32LittleEndian(content[FetchedAt..], entry.FetchedAt.Seconds);
        entry.Hash.CopyDigestTo(content[DigestAt..]);
        return Finish(target, Kind.Added, ObjectContentBytes);
    }

    public static int WriteRemoved(Span<byte> target, in ContentHash hash)
    {
        target[HeadBytes] = (byte)hash.Algorithm;
        hash.CopyDigestTo(target[(HeadBytes + 1)..]);
        return Finish(target, Kind.Removed, 1 + ContentHash.DigestBytes);
    }

    public static int WriteRepository(Span<byte> target, int number, string name)
    {
        var content = target[HeadBytes..];
        BinaryPrimitives.WriteUInt16LittleEndian(content, (ushort)number);
        return Finish(target, Kind.Repository, sizeof(ushort) + Encoding.UTF8.GetBytes(name.AsSpan(0, Math.Min(name.Length, MaxNameBytes / 3)), content[sizeof(ushort)..]));
    }

    /// <summary>Reads the record at the start of a buffer.</summary>
    /// <returns>Its bytes; 0 when more are needed, -1 when it is damaged.</returns>
    public static int Read(ReadOnlySpan<byte> bytes, out Kind kind, out ReadOnlySpan<byte> content)
    {
        kind = default;
        content = default;
        if (bytes.Length < HeadBytes) return 0;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        if (length is < HeadBytes + sizeof(uint) or > MaxBytes) return -1;
        if (bytes.Length < length) return 0;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[(length - sizeof(uint))..]) != Checksum.Of(bytes[..(length - sizeof(uint))])) return -1;
        kind = (Kind)bytes[sizeof(ushort)];
        content = bytes[HeadBytes..(length - sizeof(uint))];
        return length;
    }

    /// <summary>The object of an <see cref="Kind.Added"/> record. False for one that makes no sense.</summary>
    /// <param name="content">Content of the record.</param>
    /// <param name="repositoryOf">Numbers of this run by those of the file.</param>
    /// <param name="entry">The object, not verified.</param>
    public static bool TryAdded(ReadOnlySpan<byte> content, Func<int, int> repositoryOf, out TableEntry<Location> entry)
    {
        entry = default;
        if (content.Length != ObjectContentBytes || !TryHash(content[0], content[DigestAt..], out var hash)) return false;
        long length = BinaryPrimitives.ReadInt64LittleEndian(content[LengthAt..]);
        var location = new Location(BinaryPrimitives.ReadUInt32LittleEndian(content[SegmentAt..]), BinaryPrimitives.ReadUInt32LittleEndian(content[OffsetAt..]));
        if (length is <= 0 or > TableEntry<Location>.MaxLength || location.IsOwnFile != length >= Location.OwnFileBytes) return false;
        entry = new TableEntry<Location>(hash, location, length, repositoryOf(BinaryPrimitives.ReadUInt16LittleEndian(content[RepositoryAt..])), (content[FlagsAt] & 1) != 0, 0)
        {
            Use = BinaryPrimitives.ReadUInt32LittleEndian(content[UseAt..]),
            FetchedAt = new FetchTime(BinaryPrimitives.ReadUInt32LittleEndian(content[FetchedAt..])),
            IsMain = (content[FlagsAt] & 2) != 0,
        };
        return true;
    }

    /// <summary>The object of a <see cref="Kind.Removed"/> record.</summary>
    public static bool TryRemoved(ReadOnlySpan<byte> content, out ContentHash hash)
    {
        hash = default;
        return content.Length == 1 + ContentHash.DigestBytes && TryHash(content[0], content[1..], out hash);
    }

    /// <summary>Number and name of a <see cref="Kind.Repository"/> record.</summary>
    public static (int Number, string Name) Repository(ReadOnlySpan<byte> content)
        => content.Length < sizeof(ushort) ? (0, "") : (BinaryPrimitives.ReadUInt16LittleEndian(content), Encoding.UTF8.GetString(content[sizeof(ushort)..]));

    private static bool TryHash(byte algorithm, ReadOnlySpan<byte> digest, out ContentHash hash)
    {
        bool known = (HashAlgorithmId)algorithm is >= HashAlgorithmId.Sha1 and <= HashAlgorithmId.Shake128;
        hash = known ? new ContentHash((HashAlgorithmId)algorithm, digest) : default;
        return known;
    }

    private static int Finish(Span<byte> target, Kind kind, int contentBytes)
    {
        int length = HeadBytes + contentBytes + sizeof(uint);
        BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)length);
        target[sizeof(ushort)] = (byte)kind;
        BinaryPrimitives.WriteUInt32LittleEndian(target[(length - sizeof(uint))..], Checksum.Of(target[..(length - sizeof(uint))]));
        return length;
    }
}
