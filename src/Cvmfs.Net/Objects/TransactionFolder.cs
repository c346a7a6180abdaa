using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Objects;

/// <summary>The folder where files grow before they are renamed to where readers look. Names are unique across processes.</summary>
internal sealed class TransactionFolder(string path)
{
    // Several processes may share the folder; 64 random bits tell their files apart, a counter tells ours apart.
    private readonly string _prefix = System.IO.Path.Combine(path, $"put.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}.");
    private long _count;

    /// <summary>Absolute path.</summary>
    public string Path { get; } = path;

    /// <summary>A path that nobody has used.</summary>
    public string NewPath() => string.Create(CultureInfo.InvariantCulture, $"{_prefix}{Interlocked.Increment(ref _count)}");

    /// <summary>Creates a new file for writing, and the folder where it is missing.</summary>
    /// <exception cref="IOException">The file system cannot take it.</exception>
    public SafeFileHandle Create(out string file)
    {
        file = NewPath();
        return Create(file);
    }

    private SafeFileHandle Create(string file)
    {
        try
        {
            return Open(file);
        }
        catch (DirectoryNotFoundException)
        {
            Directory.CreateDirectory(Path);
            return Open(file);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException($"{Path}: not writable.", fault);
        }
    }

    /// <summary>Writes a new file whole, creating the folder where it is missing.</summary>
    /// <param name="file">From <see cref="NewPath"/>.</param>
    /// <param name="content">All of it.</param>
    /// <param name="sync">Whether to wait until the disk has it.</param>
    /// <exception cref="IOException">The file system cannot take it; a part of the file may be there.</exception>
    public void Write(string file, ReadOnlySpan<byte> content, bool sync)
    {
        if (PosixFile.IsSupported)
        {
            try
            {
                PosixFile.WriteNew(file, content, sync);
            }
            catch (DirectoryNotFoundException)
            {
                Directory.CreateDirectory(Path);
                PosixFile.WriteNew(file, content, sync);
            }

            return;
        }

        using var handle = Create(file);
        DurableFile.Write(handle, content, 0, file);
        if (sync) RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Removes files that were left behind by crashed processes.</summary>
    /// <param name="before">Files changed at or after that instant stay: a living process may be writing them.</param>
    /// <returns>How many were removed.</returns>
    public int Sweep(DateTimeOffset before)
    {
        var folder = new DirectoryInfo(Path);
        if (!folder.Exists) return 0;
        int removed = 0;
        foreach (var file in folder.EnumerateFiles())
        {
            if (file.LastWriteTimeUtc >= before.UtcDateTime) continue;
            file.Delete();
            removed++;
        }

        return removed;
    }

    /// <summary>Removes a file if it is there. Used to clean up after another failure, which must not be masked by a second one.</summary>
    public static void Discard(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It stays until the next sweep; it was never visible.
        }
    }

    // Created with 0666 less the umask, as readers of the folder expect. No share mode that would cost a lock call.
    private static SafeFileHandle Open(string file)
        => File.OpenHandle(file, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
}
