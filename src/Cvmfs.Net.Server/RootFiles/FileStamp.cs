using System.Runtime.InteropServices;
using System.Text;

namespace Cvmfs.Net.Server.RootFiles;

/// <summary>Tells one state of a file or folder from another without reading it: which file it is, its length, and when it changed.</summary>
/// <param name="Inode">Number of the file; 0 where the system does not say.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Changed">When content or name changed last, in nanoseconds since 1970.</param>
/// <param name="Modified">When content changed last, likewise.</param>
internal readonly partial record struct FileStamp(ulong Inode, long Length, long Changed, long Modified)
{
    private const int NoEntry = 2;
    private const int NotAFolder = 20;

    /// <summary>There is no such file.</summary>
    public static FileStamp Absent => default;

    /// <summary>Whether there is a file.</summary>
    public bool Exists => this != Absent;

    /// <summary>Reads the state of a file or folder.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="followsLink">Whether a link in its place stands for what it names.</param>
    /// <exception cref="IOException">It cannot be said whether there is one.</exception>
    public static unsafe FileStamp Of(string path, bool followsLink = false)
    {
        if (!OperatingSystem.IsLinux()) return OfPortably(path);
        Span<byte> name = stackalloc byte[1024];
        if (!Encoding.UTF8.TryGetBytes(path, name[..^1], out int length)) return OfPortably(path);
        name[length] = 0;
        byte* status = stackalloc byte[256];
        fixed (byte* at = name)
        {
            // AT_FDCWD, AT_SYMLINK_NOFOLLOW or nothing, STATX_BASIC_STATS
            if (statx(-100, at, followsLink ? 0 : 0x100, 0x7ff, status) != 0)
            {
                int error = Marshal.GetLastPInvokeError();
                return error is NoEntry or NotAFolder ? Absent : throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
            }
        }

        return new FileStamp(*(ulong*)(status + 32), *(long*)(status + 40), Nanoseconds(status + 96), Nanoseconds(status + 112));
    }

    private static unsafe long Nanoseconds(byte* time) => *(long*)time * 1_000_000_000 + *(uint*)(time + 8);

    private static FileStamp OfPortably(string path)
    {
        FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (!info.Exists) return Absent;
        long modified = (info.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * 100;
        return new FileStamp(0, info is FileInfo file ? file.Length : 0, modified, modified);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int statx(int folder, byte* path, int flags, uint mask, byte* status);
}
