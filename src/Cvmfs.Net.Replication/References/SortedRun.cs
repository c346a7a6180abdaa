using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Replication.References;

/// <summary>Sorted records in a temporary file that loses its name as soon as it is made, so that it goes with the process however that ends.</summary>
internal sealed class SortedRun : IDisposable
{
    private readonly SafeFileHandle _handle;

    private SortedRun(SafeFileHandle handle) => _handle = handle;

    /// <summary>Records in it.</summary>
    public long Count { get; private set; }

    /// <summary>Makes an empty one.</summary>
    /// <exception cref="IOException">The folder cannot take it.</exception>
    public static SortedRun Create(string folder)
    {
        string path = Path.Combine(folder, $"run.{Guid.NewGuid():n}");
        try
        {
            Directory.CreateDirectory(folder);
            var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, FileOptions.DeleteOnClose);
            if (!OperatingSystem.IsWindows()) File.Delete(path);
            return new SortedRun(handle);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{folder}: not writable.", e);
        }
    }

    /// <summary>Adds records behind those that are there.</summary>
    /// <exception cref="IOException">The disk cannot take them.</exception>
    public void Append(ReadOnlySpan<ObjectRecord> records)
    {
        RandomAccess.Write(_handle, MemoryMarshal.AsBytes(records), Count * ObjectRecord.Bytes);
        Count += records.Length;
    }

    /// <summary>Fills a buffer from a position on.</summary>
    /// <returns>Records read; 0 at the end.</returns>
    /// <exception cref="IOException">The disk fails, or lost some.</exception>
    public int Read(long from, Span<ObjectRecord> buffer)
    {
        int count = (int)Math.Min(buffer.Length, Count - from);
        var bytes = MemoryMarshal.AsBytes(buffer[..count]);
        for (int filled = 0; filled < bytes.Length;)
        {
            int read = RandomAccess.Read(_handle, bytes[filled..], from * ObjectRecord.Bytes + filled);
            if (read == 0) throw new IOException($"A file of {Count} sorted records ends after {from + filled / ObjectRecord.Bytes}.");
            filled += read;
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
