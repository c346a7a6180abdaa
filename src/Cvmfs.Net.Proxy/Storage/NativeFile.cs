using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>What the framework does not offer: opening without following links, who owns a file, whole-file locks. Linux, 64 bit.</summary>
internal static unsafe partial class NativeFile
{
    private const int ReadWrite = 2;
    private const int Creating = 0x40;
    private const int Exclusive = 0x80;
    private const int CloseOnExec = 0x80000;
    private const int OwnerOnly = 0x180; // 0600
    private const int NoSuchFile = 2;
    private const int TryAgain = 11;
    private const int NotAFolder = 20;
    private const int TooManyLinks = 40; // ELOOP: a link that is not followed
    private const int LockExclusiveNow = 2 | 4;
    private const int Unlocked = 8;

    private const int CurrentFolder = -100;     // AT_FDCWD
    private const int OfDescriptor = 0x1000;    // AT_EMPTY_PATH
    private const int NotThroughLink = 0x100;   // AT_SYMLINK_NOFOLLOW
    private const uint BasicStatus = 0x7ff;     // STATX_BASIC_STATS
    private const int TypeMask = 0xf000;
    private const int RegularFile = 0x8000;

    private static readonly int s_noFollow = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <summary>Whether these calls are as they are declared here.</summary>
    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    // Asked each time: a field would have to stand below what it asks first, or it would be root's number for everybody.
    private static uint User => geteuid();

    public static SafeFileHandle Create(string path) => Opened(open(path, ReadWrite | Creating | Exclusive | CloseOnExec | s_noFollow, OwnerOnly), path);

    /// <summary>Opens to read; null where there is no file, or not a regular one of this user.</summary>
    public static SafeFileHandle? Open(string path)
    {
        int descriptor = open(path, CloseOnExec | s_noFollow, 0);
        if (descriptor < 0 && Marshal.GetLastPInvokeError() is NoSuchFile or NotAFolder or TooManyLinks) return null;
        var handle = Opened(descriptor, path);
        if (TryStatus(descriptor, "", OfDescriptor, out var status) && status.IsRegular && status.User == User) return handle;
        handle.Dispose();
        return null;
    }

    public static void Rename(string from, string to)
    {
        if (rename(from, to) != 0) throw Failure(to);
    }

    public static void RequireOwnFolder(string path)
    {
        if (!TryStatus(CurrentFolder, path, NotThroughLink, out var status)) throw Failure(path);
        if (status.User != User) throw new IOException($"{path}: owned by user {status.User}, and this is user {User}; a folder of the cache belongs to the proxy alone.");
    }

    /// <summary>Locks a file, made where it is missing; null when somebody else has locked it.</summary>
    public static SafeFileHandle? TryLock(string path)
    {
        var handle = Opened(open(path, ReadWrite | Creating | CloseOnExec | s_noFollow, OwnerOnly), path);
        if (flock((int)handle.DangerousGetHandle(), LockExclusiveNow) == 0) return handle;
        int error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return error == TryAgain ? null : throw Failure(path, error);
    }

    /// <summary>Frees a lock and closes its file. Closing alone frees nothing while a child that this process is just starting still has a copy of the
    /// descriptor, which it keeps until it becomes another program.</summary>
    public static void Unlock(SafeFileHandle handle)
    {
        _ = flock((int)handle.DangerousGetHandle(), Unlocked); // what cannot be unlocked is freed by the closing, sooner or later
        handle.Dispose();
    }

    public static bool IsSame(SafeFileHandle file, string path)
        => TryStatus((int)file.DangerousGetHandle(), "", OfDescriptor, out var opened)
            && TryStatus(CurrentFolder, path, NotThroughLink, out var named)
            && opened.Number == named.Number && opened.Device == named.Device;

    private static SafeFileHandle Opened(int descriptor, string path) => descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(path);

    private static bool TryStatus(int folder, string path, int flags, out Status status)
    {
        byte* bytes = stackalloc byte[256]; // struct statx, the same on every architecture
        bool known = statx(folder, path, flags, BasicStatus, bytes) == 0;
        status = known
            ? new Status((*(ushort*)(bytes + 28) & TypeMask) == RegularFile, *(uint*)(bytes + 20), *(ulong*)(bytes + 32), *(ulong*)(bytes + 136))
            : default;
        return known;
    }

    private static IOException Failure(string path) => Failure(path, Marshal.GetLastPInvokeError());

    private static IOException Failure(string path, int error) => new($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", error);

    private readonly record struct Status(bool IsRegular, uint User, ulong Number, ulong Device);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int rename(string from, string to);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int statx(int folder, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(int descriptor, int operation);

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
