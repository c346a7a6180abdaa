using System.Runtime.InteropServices;
using System.Text;

namespace Cvmfs.Net.Objects;

/// <summary>New files by as few system calls as there can be: open, write, close. The framework's own way adds a status call and several
/// objects to each file, which counts where there are millions of small ones. Linux only.</summary>
/// <remarks>An error of the close is an error: with some file systems it is where a full disk shows.</remarks>
internal static unsafe partial class PosixFile
{
    private const int WriteOnly = 1;
    private const int Create = 0x40;
    private const int Exclusive = 0x80;
    private const int CloseOnExec = 0x80000;
    private const int Mode = 0x1b6; // 0666, less the umask
    private const int NoSuchFile = 2;
    private const int Interrupted = 4;
    private const int AccessDenied = 13;
    private const int NotPermitted = 1;
    private const int ReadOnlyFileSystem = 30;

    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint TypeAndSize = 0x201; // STATX_TYPE | STATX_SIZE
    private const int ModeOffset = 28;      // stx_mode in struct statx, the same on every architecture
    private const int SizeOffset = 40;      // stx_size
    private const int TypeMask = 0xf000;
    private const int RegularFile = 0x8000;

    /// <summary>Whether this is a system for it.</summary>
    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>Creates a file that is not there yet, for writing.</summary>
    /// <returns>Its descriptor, to be closed or abandoned.</returns>
    /// <exception cref="DirectoryNotFoundException">The folder is missing.</exception>
    /// <exception cref="IOException">Anything else.</exception>
    public static int OpenNew(string path)
    {
        Span<byte> name = stackalloc byte[512];
        fixed (byte* at = Terminated(path, name))
        {
            int descriptor = open(at, WriteOnly | Create | Exclusive | CloseOnExec, Mode);
            return descriptor >= 0 ? descriptor : throw Failure(path);
        }
    }

    /// <summary>Writes all bytes at the end.</summary>
    /// <exception cref="IOException">The file system cannot take them; some may be there.</exception>
    public static void Write(int descriptor, ReadOnlySpan<byte> bytes, string path)
    {
        while (bytes.Length > 0)
        {
            nint written;
            fixed (byte* at = bytes) written = write(descriptor, at, bytes.Length);
            if (written < 0 && Marshal.GetLastPInvokeError() == Interrupted) continue;
            if (written < 0) throw Failure(path);
            bytes = bytes[(int)written..];
        }
    }

    /// <summary>Waits until the disk has it.</summary>
    /// <exception cref="IOException">It does not.</exception>
    public static void Flush(int descriptor, string path)
    {
        if (fsync(descriptor) != 0) throw Failure(path);
    }

    /// <summary>Closes.</summary>
    /// <exception cref="IOException">Something written before could not be kept after all.</exception>
    public static void Close(int descriptor, string path)
    {
        if (close(descriptor) != 0) throw Failure(path); // interrupted or not, the descriptor is gone
    }

    /// <summary>Closes a file that is given up.</summary>
    public static void Abandon(int descriptor) => _ = close(descriptor);

    /// <summary>The length of a regular file in bytes; -1 if there is none.</summary>
    public static long LengthOf(string path)
    {
        byte* status = stackalloc byte[256];
        Span<byte> name = stackalloc byte[512];
        fixed (byte* at = Terminated(path, name))
        {
            if (statx(CurrentFolder, at, 0, TypeAndSize, status) != 0) return -1;
        }

        return (*(ushort*)(status + ModeOffset) & TypeMask) == RegularFile ? *(long*)(status + SizeOffset) : -1;
    }

    private static ReadOnlySpan<byte> Terminated(string path, Span<byte> buffer)
    {
        if (Encoding.UTF8.TryGetBytes(path, buffer[..^1], out int length))
        {
            buffer[length] = 0;
            return buffer[..(length + 1)];
        }

        byte[] longer = new byte[Encoding.UTF8.GetMaxByteCount(path.Length) + 1];
        Encoding.UTF8.GetBytes(path, longer);
        return longer;
    }

    private static IOException Failure(string path)
    {
        int error = Marshal.GetLastPInvokeError();
        string message = Marshal.GetPInvokeErrorMessage(error);
        return error switch
        {
            NoSuchFile => new DirectoryNotFoundException($"{path}: {message}"),
            AccessDenied or NotPermitted or ReadOnlyFileSystem => new IOException($"{Path.GetDirectoryName(path)}: not writable: {message}", error),
            _ => new IOException($"{path}: {message}", error),
        };
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int open(byte* path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte* bytes, nint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(int folder, byte* path, int flags, uint mask, byte* status);
}
