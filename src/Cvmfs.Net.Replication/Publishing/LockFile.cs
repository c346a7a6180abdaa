using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Replication.Publishing;

/// <summary>The system calls of a lock file. The framework's own opening takes a lock as well, of a kind that depends on how one wants to share;
/// here opening and locking must be two things.</summary>
internal static partial class LockFile
{
    private const int Shared = 1;      // LOCK_SH
    private const int Exclusive = 2;   // LOCK_EX, the same everywhere
    private const int NonBlocking = 4; // LOCK_NB
    private const int Unlocked = 8;    // LOCK_UN
    private const int ReadOnly = 0;    // O_RDONLY
    private const int ReadWrite = 2;   // O_RDWR
    private const int Create = 0x40;            // O_CREAT on Linux, every architecture
    private const int CloseOnExec = 0x80000;    // O_CLOEXEC on Linux
    private const int Mode = 0x1B6;             // 0666, less the umask
    private const int NoSuchFile = 2;
    private const int WouldBlockLinux = 11;
    private const int WouldBlockMacOS = 35;
    private const int SharingViolationWindows = unchecked((int)0x80070020);

    /// <summary>Opens the file, making it where it is missing. Null if somebody else has it for themselves, where that shows on opening already.</summary>
    /// <exception cref="IOException">It cannot be made or opened.</exception>
    public static SafeFileHandle? Open(string path)
    {
        if (OperatingSystem.IsLinux()) return OpenOnLinux(path, ReadWrite | Create | CloseOnExec) ?? throw new IOException($"{path}: there is no such folder.");
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult is WouldBlockMacOS or SharingViolationWindows)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: not writable.", e);
        }
    }

    /// <summary>Opens the file without disturbing its holder. Null if there is none.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle? OpenToRead(string path) => OperatingSystem.IsLinux()
        ? OpenOnLinux(path, ReadOnly | CloseOnExec)
        : File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Locks an open file at once or not at all. False if somebody else holds it.</summary>
    /// <exception cref="IOException">The file system has no locks.</exception>
    public static bool TryLock(SafeFileHandle handle, string path)
    {
        if (OperatingSystem.IsWindows() || flock(handle, Exclusive | NonBlocking) == 0) return true;
        int error = Marshal.GetLastPInvokeError();
        if (error is WouldBlockLinux or WouldBlockMacOS) return false;
        throw new IOException($"{path}: cannot be locked: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    /// <summary>Locks an open file beside others who do the same. False if somebody has it alone.</summary>
    public static bool TryLockShared(SafeFileHandle handle) => OperatingSystem.IsWindows() || flock(handle, Shared | NonBlocking) == 0;

    /// <summary>Frees the lock and closes the file. Closing alone frees nothing while a child that this process is just starting still has a copy of the
    /// descriptor, which it keeps until it becomes another program.</summary>
    public static void Release(SafeFileHandle handle)
    {
        if (!OperatingSystem.IsWindows()) _ = flock(handle, Unlocked); // what cannot be unlocked is freed by the closing, sooner or later
        handle.Dispose();
    }

    private static SafeFileHandle? OpenOnLinux(string path, int flags)
    {
        int descriptor = open(path, flags, Mode);
        if (descriptor >= 0) return new SafeFileHandle(descriptor, ownsHandle: true);
        int error = Marshal.GetLastPInvokeError();
        return error == NoSuchFile ? null : throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle handle, int operation);
}
