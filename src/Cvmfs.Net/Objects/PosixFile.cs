using System.Runtime.InteropServices;
using System.Text;

namespace Cvmfs.Net.Objects;

/// <summary>Files by as few system calls as there can be: open, write or read, close. The framework's own way adds a status call and several
/// objects to each file, which counts where there are millions of small ones. Linux only.</summary>
/// <remarks>An error of the close is an error: with some file systems it is where a full disk shows.</remarks>
internal static unsafe partial class PosixFile
{
    private const int ReadOnly = 0;
    private const int WriteOnly = 1;
    private const int Create = 0x40;
    private const int Exclusive = 0x80;
    private const int CloseOnExec = 0x80000;
    private const int Mode = 0x1b6; // 0666, less the umask
    private const int NoSuchFile = 2;
    private const int Interrupted = 4;
    private const int NotAFolder = 20;
    private const int TooManyLinks = 40; // ELOOP: what the opening of a link answers that does not follow it
    private const int AccessDenied = 13;
    private const int NotPermitted = 1;
    private const int ReadOnlyFileSystem = 30;

    private static readonly int s_noFollow = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000; // O_NOFOLLOW

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

    /// <summary>Opens a file to be read from its start to its end, unless it is a symbolic link.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isLink">Whether it is a link; then it is not opened.</param>
    /// <returns>Its descriptor, to be abandoned; -1 if there is no such file or it is a link.</returns>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static int OpenToRead(string path, out bool isLink)
    {
        Span<byte> name = stackalloc byte[512];
        isLink = false;
        fixed (byte* at = Terminated(path, name))
        {
            int descriptor = open(at, ReadOnly | CloseOnExec | s_noFollow, 0);
            if (descriptor >= 0) return descriptor;
            switch (Marshal.GetLastPInvokeError())
            {
                case NoSuchFile or NotAFolder: return -1;
                case TooManyLinks:
                    isLink = true;
                    return -1;
                default: throw Failure(path);
            }
        }
    }

    /// <summary>Reads what comes next.</summary>
    /// <returns>Bytes read; 0 at the end, and fewer than fit only before it.</returns>
    /// <exception cref="IOException">The file system cannot deliver them.</exception>
    public static int Read(int descriptor, Span<byte> buffer, string path)
    {
        while (true)
        {
            nint count;
            fixed (byte* at = buffer) count = read(descriptor, at, buffer.Length);
            if (count >= 0) return (int)count;
            if (Marshal.GetLastPInvokeError() != Interrupted) throw Failure(path);
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
    private static partial nint read(int descriptor, byte* bytes, nint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(int folder, byte* path, int flags, uint mask, byte* status);
}
