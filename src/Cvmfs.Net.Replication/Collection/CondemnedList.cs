using System.Globalization;
using System.Runtime.InteropServices;
using Cvmfs.Net.Replication.References;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Replication.Collection;

/// <summary>The list of what a run removes, whole on the disk before the first object goes: whatever ends the run, the next one knows what is left.</summary>
/// <remarks>Records, catalogs first, then a tail with counts and a checksum; without it the file is no list. It promises nothing: who finds one looks
/// whether its objects are still unwanted.</remarks>
internal sealed class CondemnedList : IDisposable
{
    private const string Prefix = "condemned.";
    private const ulong Mark = 0x31_44_4E_43_46_4D_56_43;
    private const int TailBytes = 32;
    private const int BufferRecords = 1 << 12;
    private const ulong UnreferencedNote = 1;

    private readonly SafeFileHandle _handle;

    private CondemnedList(SafeFileHandle handle, string path, long catalogs, long count)
        => (_handle, FilePath, Catalogs, Count) = (handle, path, catalogs, count);

    /// <summary>Where it is.</summary>
    public string FilePath { get; }

    /// <summary>Catalogs, which come first.</summary>
    public long Catalogs { get; }

    /// <summary>All objects.</summary>
    public long Count { get; }

    /// <summary>Writes a list; it is on the disk when this returns.</summary>
    /// <param name="folder">The spool folder.</param>
    /// <param name="catalogs">How many of the objects are catalogs; they come first.</param>
    /// <param name="objects">What is to be removed, in that order.</param>
    /// <param name="sync">Whether to wait for the disk.</param>
    /// <exception cref="IOException">The folder cannot take it; nothing is left of it then.</exception>
    public static CondemnedList Write(string folder, long catalogs, IEnumerable<CondemnedObject> objects, bool sync)
    {
        string path = Path.Combine(folder, Prefix + NextNumber(folder).ToString(CultureInfo.InvariantCulture));
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        try
        {
            var buffer = new ObjectRecord[BufferRecords];
            int filled = 0;
            long count = 0;
            uint checksum = 0;
            foreach (var condemned in objects)
            {
                buffer[filled++] = condemned.IsUnreferenced ? condemned.Record with { Low = condemned.Record.Low | UnreferencedNote } : condemned.Record;
                if (filled == buffer.Length) Flush();
            }

            Flush();
            Span<ulong> tail = [Mark, (ulong)catalogs, (ulong)count, checksum];
            RandomAccess.Write(handle, MemoryMarshal.AsBytes(tail), count * ObjectRecord.Bytes);
            if (sync) RandomAccess.FlushToDisk(handle);
            return new CondemnedList(handle, path, catalogs, count);

            void Flush()
            {
                var bytes = MemoryMarshal.AsBytes(buffer.AsSpan(0, filled));
                RandomAccess.Write(handle, bytes, count * ObjectRecord.Bytes);
                checksum = RecordChecksum.Of(checksum, bytes);
                count += filled;
                filled = 0;
            }
        }
        catch
        {
            handle.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Names of the lists that earlier runs left, whole or not.</summary>
    public static IReadOnlyList<string> Find(string folder)
        => Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, Prefix + "*").Order(StringComparer.Ordinal)] : [];

    /// <summary>Opens a list that an earlier run left.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="reason">Why it is none.</param>
    /// <returns>Null if it is not whole.</returns>
    /// <exception cref="IOException">The disk fails.</exception>
    public static CondemnedList? Open(string path, out string reason)
    {
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        reason = "it ends early.";
        long length = RandomAccess.GetLength(handle);
        Span<ulong> tail = stackalloc ulong[TailBytes / sizeof(ulong)];
        if (length >= TailBytes && RandomAccess.Read(handle, MemoryMarshal.AsBytes(tail), length - TailBytes) == TailBytes
            && tail[0] == Mark && tail[2] <= long.MaxValue / ObjectRecord.Bytes && (long)tail[2] * ObjectRecord.Bytes == length - TailBytes && tail[1] <= tail[2])
        {
            var list = new CondemnedList(handle, path, (long)tail[1], (long)tail[2]);
            var buffer = new ObjectRecord[BufferRecords];
            uint checksum = 0;
            int read;
            for (long at = 0; (read = list.Fill(at, buffer)) > 0; at += read) checksum = RecordChecksum.Of(checksum, MemoryMarshal.AsBytes(buffer.AsSpan(0, read)));
            if (checksum == tail[3]) return list;
            reason = "its checksum does not hold.";
        }

        handle.Dispose();
        return null;
    }

    /// <summary>Reads objects from a position on.</summary>
    /// <param name="from">The position.</param>
    /// <param name="to">Where to end.</param>
    /// <exception cref="IOException">The disk fails.</exception>
    public IEnumerable<CondemnedObject> Read(long from, long to)
    {
        var buffer = new ObjectRecord[BufferRecords];
        while (from < to)
        {
            int read = (int)Math.Min(Fill(from, buffer), to - from);
            if (read == 0) throw new IOException($"{FilePath}: ends after {from} of {Count} records.");
            for (int i = 0; i < read; i++)
            {
                var record = buffer[i];
                yield return new CondemnedObject(record with { Low = record.Low & ~UnreferencedNote }, (record.Low & UnreferencedNote) != 0);
            }

            from += read;
        }
    }

    /// <summary>Removes the file: all that is in it is gone.</summary>
    public void Discard()
    {
        Dispose();
        File.Delete(FilePath);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private int Fill(long from, Span<ObjectRecord> buffer)
    {
        var bytes = MemoryMarshal.AsBytes(buffer[..(int)Math.Min(buffer.Length, Count - from)]);
        int filled = 0;
        for (int read; filled < bytes.Length && (read = RandomAccess.Read(_handle, bytes[filled..], from * ObjectRecord.Bytes + filled)) > 0;) filled += read;
        return filled / ObjectRecord.Bytes;
    }

    private static long NextNumber(string folder)
        => 1 + Find(folder).Select(static path => long.TryParse(path.AsSpan(path.LastIndexOf('.') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0)
            .DefaultIfEmpty(0).Max();
}

/// <summary>An object that is to go.</summary>
/// <param name="Record">The object.</param>
/// <param name="IsUnreferenced">Whether it was found in the storage alone: no logged root led to it.</param>
internal readonly record struct CondemnedObject(ObjectRecord Record, bool IsUnreferenced);
