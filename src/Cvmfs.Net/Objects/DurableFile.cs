using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Objects;

/// <summary>The file system calls that crash safety hangs on, and that the framework hides or softens.</summary>
internal static partial class DurableFile
{
    private const int CloseOnExec = 0x80000; // O_CLOEXEC on Linux, every architecture; O_RDONLY is 0 everywhere
    private const int NoSuchFile = 2;
    private const int OtherFileSystem = 18;
    private const int TooLarge = 27; // EFBIG

    /// <summary>Writes, and calls a limit on the size of files what it is: the framework takes it for a wrong argument.</summary>
    /// <exception cref="IOException">The file system cannot take it.</exception>
    public static void Write(SafeFileHandle handle, ReadOnlySpan<byte> bytes, long offset, string path)
    {
        try
        {
            RandomAccess.Write(handle, bytes, offset);
        }
        catch (ArgumentOutOfRangeException e) when (offset >= 0)
        {
            throw new IOException($"{path}: {bytes.Length} bytes at {offset} make it larger than files may be here ({e.Message})", TooLarge);
        }
    }

    /// <summary>Renames over whatever file is there, atomically, or throws. The framework's move falls back to copying between file
    /// systems, during which a reader would see half a file.</summary>
    /// <exception cref="DirectoryNotFoundException">A folder on either path is missing.</exception>
    /// <exception cref="IOException">Anything else.</exception>
    public static void Rename(string from, string to)
    {
        if (OperatingSystem.IsWindows())
        {
            File.Move(from, to, overwrite: true);
            return;
        }

        if (rename(from, to) == 0) return;
        int error = Marshal.GetLastPInvokeError();
        throw error switch
        {
            NoSuchFile => new DirectoryNotFoundException($"{to}: {Marshal.GetPInvokeErrorMessage(error)}"),
            OtherFileSystem => new IOException($"{to}: must be on the file system of {from}, or nothing can appear in one step.", error),
            _ => new IOException($"{to}: {Marshal.GetPInvokeErrorMessage(error)}", error),
        };
    }

    /// <summary>Makes renames in a folder survive a power loss.</summary>
    /// <exception cref="IOException">The folder cannot be synced.</exception>
    public static void SyncFolder(string path) => SyncDescriptor(path, fsync);

    /// <summary>Makes everything written so far to the file system of a folder survive a power loss: one call instead of one per file.</summary>
    /// <exception cref="IOException">The file system reported an error.</exception>
    public static void SyncFileSystem(string path) => SyncDescriptor(path, OperatingSystem.IsLinux() ? syncfs : fsync);

    private static void SyncDescriptor(string path, Func<int, int> sync)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) return; // Windows journals its renames and has no such call
        int descriptor = open(path, OperatingSystem.IsLinux() ? CloseOnExec : 0);
        if (descriptor < 0) throw Failure(path);
        try
        {
            if (sync(descriptor) != 0) throw Failure(path);
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    private static IOException Failure(string path)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int syncfs(int descriptor);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
