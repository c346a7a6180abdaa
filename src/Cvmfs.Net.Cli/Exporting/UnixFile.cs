using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Cli.Exporting;

/// <summary>The file system by byte paths: names in repositories need not be text. Everything is created exclusively, so that nothing that
/// exists is followed, replaced or written to.</summary>
internal static partial class UnixFile
{
    private const int WriteOnly = 1;
    private const int NotSupportedLinux = 95;
    private const int NotSupportedMac = 45;
    private const int PermissionDenied = 1;
    private static readonly bool s_isMac = OperatingSystem.IsMacOS();

    // The same flags have other values on other systems.
    private static int CreateExclusively => s_isMac ? 0x200 | 0x800 | 0x1000000 : 0x40 | 0x80 | 0x80000;

    private static int CurrentDirectory => s_isMac ? -2 : -100;

    private static int NoFollow => s_isMac ? 0x20 : 0x100;

    /// <summary>Whether this system has such a file system.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS();

    /// <summary>Creates a file that was not there, readable by its owner only.</summary>
    public static FileStream CreateFile(byte[] path)
    {
        int descriptor = Open(Terminated(path), WriteOnly | CreateExclusively, 0x180);
        if (descriptor < 0) throw Failure("create", path);
        return new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Write, bufferSize: 0);
    }

    /// <summary>Creates a directory that was not there.</summary>
    public static void CreateDirectory(byte[] path) => Check(MakeDirectory(Terminated(path), 0x1C0), "create the directory", path);

    public static void CreateSymbolicLink(byte[] target, byte[] path) => Check(SymbolicLink(Terminated(target), Terminated(path)), "create the link", path);

    public static void CreateHardLink(byte[] existing, byte[] path) => Check(Link(Terminated(existing), Terminated(path)), "link", path);

    public static void CreateFifo(byte[] path) => Check(MakeFifo(Terminated(path), 0x180), "create the FIFO", path);

    /// <summary>Sets the twelve permission bits. Never called on links, which have none.</summary>
    public static void SetMode(byte[] path, uint mode) => Check(ChangeMode(Terminated(path), mode & 0xfff), "set the mode of", path);

    public static void SetOwner(byte[] path, uint user, uint group) => Check(ChangeOwner(Terminated(path), user, group), "set the owner of", path);

    /// <summary>Sets the time of last modification, and of access with it. Links are not followed.</summary>
    public static void SetTime(byte[] path, long seconds, long nanoseconds)
    {
        var time = new Time { Seconds = (nint)seconds, Nanoseconds = (nint)nanoseconds };
        Check(SetTimes(CurrentDirectory, Terminated(path), [time, time], NoFollow), "set the time of", path);
    }

    /// <summary>Sets an extended attribute. False where the file system has none, or this user may not.</summary>
    public static bool TrySetAttribute(byte[] path, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        byte[] attribute = Terminated(name);
        int result = s_isMac
            ? SetAttributeMac(Terminated(path), attribute, value.ToArray(), (nuint)value.Length, 0, 1)
            : SetAttributeLinux(Terminated(path), attribute, value.ToArray(), (nuint)value.Length, 0);
        if (result == 0) return true;
        if (Marshal.GetLastPInvokeError() is NotSupportedLinux or NotSupportedMac or PermissionDenied) return false;
        throw Failure($"set the attribute {Encoding.UTF8.GetString(name)} of", path);
    }

    private static void Check(int result, string what, byte[] path)
    {
        if (result != 0) throw Failure(what, path);
    }

    private static IOException Failure(string what, byte[] path)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot {what} {Encoding.UTF8.GetString(path)}: {new Win32Exception(error).Message}.", error);
    }

    private static byte[] Terminated(ReadOnlySpan<byte> text) => [.. text, 0];

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int Open(byte[] path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true)]
    private static partial int MakeDirectory(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "symlink", SetLastError = true)]
    private static partial int SymbolicLink(byte[] target, byte[] path);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true)]
    private static partial int Link(byte[] existing, byte[] path);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true)]
    private static partial int MakeFifo(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true)]
    private static partial int ChangeMode(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true)]
    private static partial int ChangeOwner(byte[] path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    private static partial int SetTimes(int directory, byte[] path, Time[] times, int flags);

    [LibraryImport("libc", EntryPoint = "lsetxattr", SetLastError = true)]
    private static partial int SetAttributeLinux(byte[] path, byte[] name, byte[] value, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "setxattr", SetLastError = true)]
    private static partial int SetAttributeMac(byte[] path, byte[] name, byte[] value, nuint size, uint position, int options);
}
