using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Server.Objects;

/// <summary>Opens files below a root for serving: absence costs no exception, and a link in the file's place is absence.</summary>
/// <remarks>On Linux and macOS one <c>open(2)</c> with <c>O_NOFOLLOW</c> answers both questions at once; elsewhere the framework's calls
/// do, in two steps. Folders on the way may be links: where a repository's disk is mounted is the operator's business.</remarks>
internal sealed partial class ServedFile(string rootFolder)
{
    private const int MaxPathBytes = 4096;

    private readonly byte[] _root = Encoding.UTF8.GetBytes(Path.TrimEndingDirectorySeparator(Path.GetFullPath(rootFolder)));

    /// <summary>Opens a file.</summary>
    /// <param name="alias">Folder of the repository; checked by the grammar.</param>
    /// <param name="path">Path below it, with slashes; checked by the grammar.</param>
    /// <returns>The handle, which the caller disposes; null where there is no such file.</returns>
    /// <exception cref="IOException">There is a file but it cannot be opened (rights, descriptors, disk).</exception>
    public SafeFileHandle? Open(ReadOnlySpan<char> alias, ReadOnlySpan<char> path)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) return OpenPortably(alias, path);

        Span<byte> text = stackalloc byte[MaxPathBytes];
        int length = _root.Length + alias.Length + path.Length + 3;
        if (length > text.Length) return null;
        _root.CopyTo(text);
        int at = _root.Length;
        text[at++] = (byte)'/';
        at += Encoding.ASCII.GetBytes(alias, text[at..]);
        text[at++] = (byte)'/';
        at += Encoding.ASCII.GetBytes(path, text[at..]);
        text[at] = 0;

        int descriptor = Open(in text[0], OpenFlags);
        if (descriptor >= 0) return new SafeFileHandle(descriptor, ownsHandle: true);
        int error = Marshal.GetLastPInvokeError();
        if (error is NoEntry or NotAFolder || error == NameTooLong || error == IsALink) return null;
        throw new IOException($"{Encoding.UTF8.GetString(text[..at])}: {Marshal.GetPInvokeErrorMessage(error)} (error {error}).");
    }

    private SafeFileHandle? OpenPortably(ReadOnlySpan<char> alias, ReadOnlySpan<char> path)
    {
        var file = new FileInfo($"{Encoding.UTF8.GetString(_root)}/{alias}/{path}");
        if (!file.Exists || file.LinkTarget is not null) return null;
        try
        {
            return File.OpenHandle(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null; // gone between the two calls
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{file.FullName}: {e.Message}", e);
        }
    }

    // errno values that mean "no such file"; the last two differ between Linux and macOS.
    private const int NoEntry = 2;
    private const int NotAFolder = 20;
    private static readonly int NameTooLong = OperatingSystem.IsMacOS() ? 63 : 36;
    private static readonly int IsALink = OperatingSystem.IsMacOS() ? 62 : 40; // ELOOP, the answer of O_NOFOLLOW

    /// <summary>O_RDONLY, O_CLOEXEC, O_NOFOLLOW, and O_NONBLOCK so that a FIFO in the file's place cannot hang a request.</summary>
    private static readonly int OpenFlags = OperatingSystem.IsMacOS()
        ? 0x1000000 | 0x100 | 0x4
        : 0x80000 | 0x800 | (RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int Open(in byte path, int flags);
}
