using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Publishing.Trees.Native;

/// <summary>What the class library does not tell of files: raw names, owners, nanoseconds, device numbers, extended attributes. Linux, 64 bit.</summary>
/// <remarks>Paths are bytes that end in NUL. Every failure is an <see cref="IOException"/> that names path and cause.</remarks>
internal static unsafe partial class LinuxFiles
{
    private const int NoFollow = 0x100;           // AT_SYMLINK_NOFOLLOW
    private const int CurrentDirectory = -100;    // AT_FDCWD
    private const uint BasicStats = 0x7ff;        // STATX_BASIC_STATS
    private const int CloseOnExec = 0x80000;      // O_CLOEXEC; the same on all 64-bit platforms of .NET
    private const int NotSupported = 95;          // EOPNOTSUPP: the file system has no attributes
    private const int NoData = 61;                // ENODATA: the attribute has gone
    private const int RangeError = 34;            // ERANGE: the buffer is too small
    private const int MaxPathBytes = 4096;        // PATH_MAX
    private const int DirectoryEntryName = 19;    // offset of d_name in struct dirent of 64-bit glibc and musl

    /// <summary>Whether the functions here work on this platform.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>Attributes of an entry itself, links not followed.</summary>
    public static FileStatus Status(ReadOnlySpan<byte> path)
    {
        StatusBuffer buffer;
        fixed (byte* bytes = path)
        {
            if (StatX(CurrentDirectory, bytes, NoFollow, BasicStats, &buffer) != 0) throw Failure("stat", path);
        }

        return new FileStatus(
            buffer.Mode, buffer.Uid, buffer.Gid, buffer.Links, (long)buffer.Size, buffer.MTimeSeconds, (int)buffer.MTimeNanoseconds,
            new InodeId(((ulong)buffer.DeviceMajor << 32) | buffer.DeviceMinor, buffer.Inode), MakeDevice(buffer.RawMajor, buffer.RawMinor));
    }

    /// <summary>Names in a directory, raw, in the file system's order, without "." and "..".</summary>
    public static List<byte[]> List(ReadOnlySpan<byte> path)
    {
        nint directory;
        fixed (byte* bytes = path) directory = OpenDirectory(bytes);
        if (directory == 0) throw Failure("list", path);
        try
        {
            var names = new List<byte[]>();
            while (true)
            {
                byte* entry = ReadDirectory(directory);
                if (entry == null)
                {
                    if (Marshal.GetLastPInvokeError() != 0) throw Failure("list", path);
                    return names;
                }

                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + DirectoryEntryName);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8)) names.Add(name.ToArray());
            }
        }
        finally
        {
            _ = CloseDirectory(directory);
        }
    }

    /// <summary>Target of a symbolic link, raw.</summary>
    public static byte[] ReadLink(ReadOnlySpan<byte> path)
    {
        byte* target = stackalloc byte[MaxPathBytes];
        nint length;
        fixed (byte* bytes = path) length = ReadLink(bytes, target, MaxPathBytes);
        return length >= 0 ? new ReadOnlySpan<byte>(target, (int)length).ToArray() : throw Failure("read link", path);
    }

    /// <summary>Opens a file to be read.</summary>
    public static SafeFileHandle OpenRead(ReadOnlySpan<byte> path)
    {
        int descriptor;
        fixed (byte* bytes = path) descriptor = Open(bytes, CloseOnExec, 0);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure("open", path);
    }

    /// <summary>Names of an entry's extended attributes, raw; empty where the file system has none.</summary>
    public static List<byte[]> ListAttributes(ReadOnlySpan<byte> path)
    {
        var names = new List<byte[]>();
        Span<byte> first = stackalloc byte[1024];
        byte[]? larger = null;
        while (true)
        {
            var buffer = larger is null ? first : larger;
            nint length;
            fixed (byte* bytes = path, list = buffer) length = ListXattr(bytes, list, (nuint)buffer.Length);
            if (length < 0)
            {
                switch (Marshal.GetLastPInvokeError())
                {
                    case NotSupported: return names;
                    case RangeError: larger = new byte[1 << 16]; continue; // the kernel's own limit for the list
                    default: throw Failure("list attributes of", path);
                }
            }

            for (var rest = buffer[..(int)length]; !rest.IsEmpty;)
            {
                int end = rest.IndexOf((byte)0);
                names.Add(rest[..end].ToArray());
                rest = rest[(end + 1)..];
            }

            return names;
        }
    }

    /// <summary>Value of an extended attribute; null when it has gone.</summary>
    public static byte[]? GetAttribute(ReadOnlySpan<byte> path, byte[] name)
    {
        Span<byte> key = stackalloc byte[name.Length + 1];
        name.CopyTo(key);
        key[name.Length] = 0;
        byte[] buffer = new byte[256];
        while (true)
        {
            nint length;
            fixed (byte* bytes = path, keyBytes = key, value = buffer) length = GetXattr(bytes, keyBytes, value, (nuint)buffer.Length);
            if (length >= 0) return buffer[..(int)length];
            switch (Marshal.GetLastPInvokeError())
            {
                case NoData or NotSupported: return null;
                case RangeError when buffer.Length < 1 << 16: buffer = new byte[1 << 16]; break;
                default: throw Failure("read an attribute of", path);
            }
        }
    }

    /// <summary>A device number as glibc's <c>makedev</c> packs it, which is what catalogs hold.</summary>
    public static ulong MakeDevice(uint major, uint minor)
        => ((ulong)(major & 0xfffff000) << 32) | ((ulong)(major & 0xfff) << 8) | ((ulong)(minor & 0xffffff00) << 12) | (minor & 0xff);

    private static Exception Failure(string action, ReadOnlySpan<byte> path)
    {
        int error = Marshal.GetLastPInvokeError();
        string name = Encoding.UTF8.GetString(path.TrimEnd((byte)0));
        string message = $"{name}: cannot {action}: {Marshal.GetPInvokeErrorMessage(error)}.";
        return error switch
        {
            2 => new FileNotFoundException(message, name),            // ENOENT
            1 or 13 => new UnauthorizedAccessException(message),      // EPERM, EACCES
            _ => new IOException(message),
        };
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int StatX(int directory, byte* path, int flags, uint mask, StatusBuffer* buffer);

    [LibraryImport("libc", EntryPoint = "opendir", SetLastError = true)]
    private static partial nint OpenDirectory(byte* path);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static partial byte* ReadDirectory(nint directory);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseDirectory(nint directory);

    [LibraryImport("libc", EntryPoint = "readlink", SetLastError = true)]
    private static partial nint ReadLink(byte* path, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int Open(byte* path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "llistxattr", SetLastError = true)]
    private static partial nint ListXattr(byte* path, byte* list, nuint size);

    [LibraryImport("libc", EntryPoint = "lgetxattr", SetLastError = true)]
    private static partial nint GetXattr(byte* path, byte* name, byte* value, nuint size);

    /// <summary>The kernel's <c>struct statx</c>, the same on every platform.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatusBuffer
    {
        [FieldOffset(16)] public uint Links;
        [FieldOffset(20)] public uint Uid;
        [FieldOffset(24)] public uint Gid;
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(40)] public ulong Size;
        [FieldOffset(112)] public long MTimeSeconds;
        [FieldOffset(120)] public uint MTimeNanoseconds;
        [FieldOffset(128)] public uint RawMajor;
        [FieldOffset(132)] public uint RawMinor;
        [FieldOffset(136)] public uint DeviceMajor;
        [FieldOffset(140)] public uint DeviceMinor;
    }
}

/// <summary>Which file it is, whatever it is called.</summary>
internal readonly record struct InodeId(ulong Device, ulong Inode);

/// <summary>Attributes of an entry.</summary>
internal readonly record struct FileStatus(
    uint Mode, uint Uid, uint Gid, uint Links, long Size, long MTimeSeconds, int MTimeNanoseconds, InodeId Inode, ulong DeviceNumber);
