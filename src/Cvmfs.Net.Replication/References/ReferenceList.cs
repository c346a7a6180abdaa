using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Replication.References;

/// <summary>The file that keeps what one catalog says: a head, the nested catalogs, then the sorted references. Two checksums: one over head and nested
/// catalogs, one over the references.</summary>
/// <remarks>Numbers are as this machine writes them; another byte order shows in the mark, and the list counts as lost.</remarks>
internal static class ReferenceList
{
    private const ulong Mark = 0x31_52_43_46_4D_56_43_2E; // the last digit is the version of the layout
    private const int HeadBytes = 96;
    private const int PreviousOffset = 32;
    private const int ModifiedOffset = 56;
    private const int CountOffset = 64;
    private const int NestedOffset = 72;
    private const int FlagsOffset = 76;
    private const int HeadChecksumOffset = 80; // over the head up to here, and the nested catalogs
    private const int BodyChecksumOffset = 84;
    private const int MostNestedBytes = 256 << 20;
    private const int BufferRecords = 1 << 14;
    private const uint RootFlag = 1;

    /// <summary>The file's content.</summary>
    /// <param name="references">What the catalog says.</param>
    /// <param name="records">Its references, sorted, without repeats.</param>
    public static byte[] ToBytes(CatalogReferences references, ReadOnlySpan<ObjectRecord> records)
    {
        int nestedBytes = references.Nested.Sum(static nested => ObjectRecord.Bytes + sizeof(int) + nested.Mountpoint.Bytes.Length);
        nestedBytes = (nestedBytes + 7) & ~7; // so that records lie on whole words
        byte[] file = new byte[HeadBytes + nestedBytes + records.Length * ObjectRecord.Bytes];
        var head = file.AsSpan(0, HeadBytes);
        MemoryMarshal.Write(head, Mark);
        Write(head[sizeof(ulong)..], ObjectRecord.Of(references.Catalog));
        Write(head[PreviousOffset..], ObjectRecord.Of(new ObjectKey(references.PreviousRevision)));
        MemoryMarshal.Write(head[ModifiedOffset..], references.LastModified);
        MemoryMarshal.Write(head[CountOffset..], (long)records.Length);
        MemoryMarshal.Write(head[NestedOffset..], nestedBytes);
        MemoryMarshal.Write(head[FlagsOffset..], references.IsRoot ? RootFlag : 0);

        var at = file.AsSpan(HeadBytes, nestedBytes);
        foreach (var nested in references.Nested)
        {
            Write(at, ObjectRecord.Of(nested.Catalog));
            MemoryMarshal.Write(at[ObjectRecord.Bytes..], nested.Mountpoint.Bytes.Length + 1); // 0 is the filling at the end
            at = at[(ObjectRecord.Bytes + sizeof(int))..];
            nested.Mountpoint.Bytes.CopyTo(at);
            at = at[nested.Mountpoint.Bytes.Length..];
        }

        MemoryMarshal.AsBytes(records).CopyTo(file.AsSpan(HeadBytes + nestedBytes));
        MemoryMarshal.Write(head[BodyChecksumOffset..], RecordChecksum.Of(0, file.AsSpan(HeadBytes + nestedBytes)));
        MemoryMarshal.Write(head[HeadChecksumOffset..], HeadChecksum(head, file.AsSpan(HeadBytes, nestedBytes)));
        return file;
    }

    /// <summary>Reads head and nested catalogs.</summary>
    /// <returns>Null if the file is not what was written for that catalog.</returns>
    /// <exception cref="IOException">The disk fails.</exception>
    public static CatalogReferences? ReadHead(SafeFileHandle file, ObjectKey catalog)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        if (!TryFill(file, head, 0) || MemoryMarshal.Read<ulong>(head) != Mark || ReadRecord(head[sizeof(ulong)..]) != ObjectRecord.Of(catalog)) return null;
        int nestedBytes = MemoryMarshal.Read<int>(head[NestedOffset..]);
        long count = MemoryMarshal.Read<long>(head[CountOffset..]);
        if (nestedBytes is < 0 or > MostNestedBytes || count < 0 || RandomAccess.GetLength(file) != HeadBytes + nestedBytes + count * ObjectRecord.Bytes) return null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, nestedBytes));
        try
        {
            var nested = buffer.AsSpan(0, nestedBytes);
            if (!TryFill(file, nested, HeadBytes) || HeadChecksum(head, nested) != MemoryMarshal.Read<uint>(head[HeadChecksumOffset..])) return null;
            return new CatalogReferences(
                catalog,
                (MemoryMarshal.Read<uint>(head[FlagsOffset..]) & RootFlag) != 0,
                ReadRecord(head[PreviousOffset..]).ToKey().Hash,
                MemoryMarshal.Read<long>(head[ModifiedOffset..]),
                count,
                IsListed: true,
                ReadNested(nested));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Adds the references to a lane, once all of them were found to be as they were written.</summary>
    /// <returns>False if they are not; then none was added.</returns>
    /// <exception cref="IOException">The disk fails.</exception>
    public static bool TryAddTo(ObjectSorter.Lane lane, SafeFileHandle file, CatalogReferences references, CancellationToken cancellationToken)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        if (!TryFill(file, head, 0)) return false;
        long start = HeadBytes + MemoryMarshal.Read<int>(head[NestedOffset..]);
        var buffer = ArrayPool<ObjectRecord>.Shared.Rent((int)Math.Min(BufferRecords, Math.Max(1, references.ReferenceCount)));
        try
        {
            uint checksum = 0;
            bool fits = references.ReferenceCount <= buffer.Length;
            for (long at = 0; at < references.ReferenceCount; at += buffer.Length)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, references.ReferenceCount - at));
                if (!TryFill(file, MemoryMarshal.AsBytes(part), start + at * ObjectRecord.Bytes)) return false;
                checksum = RecordChecksum.Of(checksum, MemoryMarshal.AsBytes(part));
            }

            if (checksum != MemoryMarshal.Read<uint>(head[BodyChecksumOffset..])) return false;
            for (long at = 0; at < references.ReferenceCount; at += buffer.Length)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, references.ReferenceCount - at));
                if (!fits && !TryFill(file, MemoryMarshal.AsBytes(part), start + at * ObjectRecord.Bytes)) throw new IOException($"A list of the references of {references.Catalog} became shorter while it was read.");
                lane.Add(part);
            }

            return true;
        }
        finally
        {
            ArrayPool<ObjectRecord>.Shared.Return(buffer);
        }
    }

    private static List<NestedReference> ReadNested(ReadOnlySpan<byte> nested)
    {
        var list = new List<NestedReference>();
        while (nested.Length >= ObjectRecord.Bytes + sizeof(int))
        {
            int length = MemoryMarshal.Read<int>(nested[ObjectRecord.Bytes..]) - 1;
            if (length < 0) break;
            var key = ReadRecord(nested).ToKey();
            nested = nested[(ObjectRecord.Bytes + sizeof(int))..];
            list.Add(new NestedReference(key, RepositoryPath.FromBytes(nested[..length])));
            nested = nested[length..];
        }

        return list;
    }

    private static void Write(Span<byte> at, ObjectRecord record) => MemoryMarshal.Write(at, record);

    private static ObjectRecord ReadRecord(ReadOnlySpan<byte> at) => MemoryMarshal.Read<ObjectRecord>(at);

    private static bool TryFill(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        for (int read; bytes.Length > 0; bytes = bytes[read..], offset += read)
        {
            read = RandomAccess.Read(file, bytes, offset);
            if (read == 0) return false;
        }

        return true;
    }

    private static uint HeadChecksum(ReadOnlySpan<byte> head, ReadOnlySpan<byte> nested)
    {
        uint body = BinaryPrimitives.ReverseEndianness(MemoryMarshal.Read<uint>(head[BodyChecksumOffset..])); // the one vouches for the other
        return RecordChecksum.Of(RecordChecksum.Of(body, head[..HeadChecksumOffset]), nested);
    }
}
