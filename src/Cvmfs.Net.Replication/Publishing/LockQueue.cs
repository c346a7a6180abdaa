using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Replication.Publishing;

/// <summary>Lets the holder of a lock know that somebody waits for it: who waits has a shared lock on a file beside it. The kernel frees it when they die.</summary>
/// <remarks>The reference's tools know nothing of that file. They wait inside the kernel, and its list of locks says so, on Linux.</remarks>
/// <param name="path">The lock file.</param>
internal sealed class LockQueue(string path) : IDisposable
{
    private const string KernelLocks = "/proc/locks";

    private SafeFileHandle? _place;

    /// <summary>Takes a place, if there is none yet. Failing does no harm: the wait may only be longer.</summary>
    public void Enter()
    {
        if (_place is not null || OperatingSystem.IsWindows()) return;
        try
        {
            _place = LockFile.Open(PlaceOf(path));
            if (_place is not null) LockFile.TryLockShared(_place);
        }
        catch (IOException)
        {
            _place = null; // who cannot say that they wait, waits all the same
        }
    }

    /// <summary>Whether somebody waits for a lock that this process holds.</summary>
    public static bool IsAwaited(string path) => !OperatingSystem.IsWindows() && (HasPlaces(path) || HasKernelWaiters(path));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_place is not null) LockFile.Release(_place);
    }

    private static string PlaceOf(string path) => path + ".waiting";

    private static bool HasPlaces(string path)
    {
        if (!File.Exists(PlaceOf(path)) || LockFile.Open(PlaceOf(path)) is not { } handle) return false;
        bool isFree = LockFile.TryLock(handle, PlaceOf(path));
        if (isFree) LockFile.Release(handle);
        else handle.Dispose();
        return !isFree;
    }

    /// <summary>Lines such as <c>7: FLOCK ADVISORY WRITE 4711 fe:00:815 0 EOF</c> for a holder, and <c>7: -> FLOCK …</c> for who waits for it; 815 is the file.</summary>
    private static bool HasKernelWaiters(string path)
    {
        if (!OperatingSystem.IsLinux() || !File.Exists(KernelLocks) || NumberOf(path) is not { } file) return false;
        string process = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        string? held = null;
        foreach (string line in File.ReadLines(KernelLocks))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is [var number, "FLOCK", _, _, var holder, var place, ..]) held = holder == process && place.EndsWith(file, StringComparison.Ordinal) ? number : null;
            else if (words is [var waiting, "->", "FLOCK", ..] && waiting == held) return true;
        }

        return false;
    }

    /// <summary>The file's number in its file system, with a colon before it; null where the kernel does not say.</summary>
    private static string? NumberOf(string path)
    {
        using var handle = LockFile.OpenToRead(path);
        string info = handle is null ? "" : $"/proc/self/fdinfo/{handle.DangerousGetHandle()}";
        if (!File.Exists(info)) return null;
        string? line = File.ReadLines(info).FirstOrDefault(static line => line.StartsWith("ino:", StringComparison.Ordinal));
        return line is null ? null : ":" + line["ino:".Length..].Trim();
    }
}
