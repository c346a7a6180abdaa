// The index on disk: a snapshot of everything, and a log of what came and went since.
//
//   00000007.snapshot  00000007.log        in use
//   00000008.log ◄─ from here on everything goes here, then 00000008.snapshot is written, then 7 is removed
//
// Must stay true
//   - The bytes of an object are in their place before the log names them, so what is named is whole.
//   - A snapshot has its name only when it is complete, and everything that changed while it was written is in the log of its number.
//   - What is lost with the end of a log is found again by looking at the files: DiskFolder.Recover.
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Appends to the log and begins new ones. Safe for concurrent use.</summary>
internal sealed class IndexLog(StorageFiles files, FolderLayout layout, RepositoryNumbers names) : IDisposable
{
    private const byte Version = 2;

    private readonly Lock _lock = new();
    private readonly HashSet<int> _named = [];
    private SafeFileHandle? _file;
    private string _path = "";
    private long _end;

    /// <summary>Number of the log that is written.</summary>
    public uint Number { get; private set; }

    /// <summary>Bytes in it.</summary>
    public long Bytes => Volatile.Read(ref _end);

    /// <summary>Begins a log.</summary>
    /// <exception cref="IOException">The disk cannot take it; the log before goes on.</exception>
    public void Begin(uint number)
    {
        string path = layout.Log(number);
        Span<byte> record = stackalloc byte[IndexRecord.MaxBytes];
        int length = IndexRecord.WriteVersion(record, Version);
        files.Delete(path); // of an attempt for which the disk had no room: nothing was written to it since
        var file = files.Create(path);
        try
        {
            files.Write(file, record[..length], 0, path);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        lock (_lock)
        {
            _file?.Dispose();
            (_file, _path, _end, Number) = (file, path, length, number);
            _named.Clear();
        }
    }

    /// <summary>Appends that objects were added.</summary>
    /// <exception cref="IOException">The disk cannot take it.</exception>
    public void Added(ReadOnlySpan<TableEntry<Location>> entries)
    {
        byte[] buffer = new byte[entries.Length * IndexRecord.ObjectBytes + IndexRecord.MaxBytes];
        lock (_lock)
        {
            int length = 0;
            foreach (ref readonly var entry in entries)
            {
                if (entry.Repository > 0 && _named.Add(entry.Repository)) Name(entry.Repository);
                length += IndexRecord.WriteAdded(buffer.AsSpan(length), entry);
            }

            Write(buffer.AsSpan(0, length));
        }
    }

    /// <summary>Appends that objects are gone.</summary>
    /// <exception cref="IOException">The disk cannot take it.</exception>
    public void Removed(IReadOnlyList<TableEntry<Location>> entries)
    {
        byte[] buffer = new byte[entries.Count * IndexRecord.ObjectBytes];
        int length = 0;
        foreach (var entry in entries) length += IndexRecord.WriteRemoved(buffer.AsSpan(length), entry.Hash);
        lock (_lock) Write(buffer.AsSpan(0, length));
    }

    /// <summary>Writes everything, and names it the snapshot of the log that was begun before.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="IOException">The disk cannot take it; the snapshot before goes on with its logs.</exception>
    public long WriteSnapshot(ObjectTable<Location> table)
    {
        const int batch = 4096;
        string temporary = layout.Snapshot(Number) + ".new";
        files.Delete(temporary);
        using var file = files.Create(temporary);
        byte[] buffer = new byte[batch * IndexRecord.ObjectBytes];
        long end = 0;
        int length = IndexRecord.WriteVersion(buffer, Version);
        for (int number = 1; number < names.Count; number++)
        {
            length += IndexRecord.WriteRepository(buffer.AsSpan(length), number, names[number]);
            if (length > buffer.Length - IndexRecord.MaxBytes) Flush();
        }

        Flush();
        int[] slots = table.SlotsInOrder();
        var entries = new TableEntry<Location>[batch];
        for (int at = 0; at < slots.Length; at += batch)
        {
            int count = table.Copy(slots.AsSpan(at, Math.Min(batch, slots.Length - at)), entries);
            foreach (ref readonly var entry in entries.AsSpan(0, count)) length += IndexRecord.WriteAdded(buffer.AsSpan(length), entry);
            Flush();
        }

        files.Rename(temporary, layout.Snapshot(Number));
        return end;

        void Flush()
        {
            files.Write(file, buffer.AsSpan(0, length), end, temporary);
            end += length;
            length = 0;
        }
    }

    /// <summary>Reads a snapshot or a log up to its end or the first damage.</summary>
    /// <returns>False when it ended with damage or is of another version.</returns>
    /// <exception cref="IOException">The disk fails.</exception>
    public static bool Read(StorageFiles files, string path, Visitor visit)
    {
        using var file = files.Open(path);
        if (file is null) return false;
        byte[] buffer = new byte[1 << 20];
        int held = 0;
        long offset = 0;
        for (bool isFirst = true; ;)
        {
            int read = files.Read(file, buffer.AsSpan(held), offset, path);
            offset += read;
            held += read;
            int at = 0;
            while (true)
            {
                int length = IndexRecord.Read(buffer.AsSpan(at, held - at), out var kind, out var content);
                if (length < 0 || (isFirst && length > 0 && (kind != IndexRecord.Kind.Version || content is not [Version]))) return false;
                if (length == 0) break;
                if (!isFirst) visit(kind, content);
                isFirst = false;
                at += length;
            }

            if (read == 0) return at == held;
            buffer.AsSpan(at, held - at).CopyTo(buffer);
            held -= at;
        }
    }

    public void Dispose() => _file?.Dispose();

    private void Name(int repository)
    {
        Span<byte> record = stackalloc byte[IndexRecord.MaxBytes];
        Write(record[..IndexRecord.WriteRepository(record, repository, names[repository])]);
    }

    private void Write(ReadOnlySpan<byte> records)
    {
        files.Write(_file ?? throw new IOException($"{layout.Root}: no log is open."), records, _end, _path);
        Volatile.Write(ref _end, _end + records.Length); // a write that failed half-way is written over by the next one
    }

    /// <summary>Takes one record.</summary>
    public delegate void Visitor(IndexRecord.Kind kind, ReadOnlySpan<byte> content);
}
