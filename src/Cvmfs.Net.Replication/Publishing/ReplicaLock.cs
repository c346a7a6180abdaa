using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Replication.Publishing;

/// <summary>The lock that makes one run the only writer of a replica: among threads, processes and the reference's tools on the same host.</summary>
/// <remarks>
/// <para>An exclusive <c>flock</c> on a file that stays: the kernel frees it when its holder dies, so a leftover file means nothing. The
/// reference's tools delete the file when they are done. A lock taken on a file that has no name any more would exclude nobody, so
/// the name is looked at again after the lock was granted.</para>
/// <para>The file names its holder for people; nothing reads it back.</para>
/// </remarks>
internal sealed partial class ReplicaLock : IDisposable
{
    /// <summary>The reference's name of the file, in the spool folder.</summary>
    public const string FileName = "is_updating.lock";

    private const int Exclusive = 2;   // LOCK_EX
    private const int NonBlocking = 4; // LOCK_NB
    private const int WouldBlockLinux = 11;
    private const int WouldBlockMacOS = 35;
    private const int SharingViolationWindows = unchecked((int)0x80070020);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);

    private readonly SafeFileHandle _handle;

    private ReplicaLock(SafeFileHandle handle) => _handle = handle;

    /// <summary>Takes the lock, waiting for it if asked to.</summary>
    /// <param name="path">The lock file.</param>
    /// <param name="patience">How long to wait for another holder; zero to give up at once. There is no event for a foreign process's
    /// unlock that one could wait on, so the wait looks five times a second.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null if somebody else still holds it.</returns>
    /// <exception cref="IOException">The file cannot be made or locked.</exception>
    public static async Task<ReplicaLock?> TakeAsync(string path, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryTake(path, time) is { } taken) return taken;
            if (time.GetElapsedTime(started) >= patience) return null;
            await Task.Delay(RetryInterval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Frees the lock. The file stays.</summary>
    public void Dispose() => _handle.Dispose();

    private static ReplicaLock? TryTake(string path, TimeProvider time)
    {
        while (true)
        {
            if (Open(path) is not { } handle) return null;
            bool keep = false;
            try
            {
                if (!TryLock(handle, path)) return null;
                if (!IsStillNamed(handle, path)) continue; // its former holder deleted it in between: lock the new one
                Describe(handle, time);
                keep = true;
                return new ReplicaLock(handle);
            }
            finally
            {
                if (!keep) handle.Dispose();
            }
        }
    }

    /// <summary>Null if somebody else has it open for themselves.</summary>
    private static SafeFileHandle? Open(string path)
    {
        try
        {
            // Not shared: on Windows that is the lock, elsewhere the framework takes the very flock that is wanted here, as far as it can.
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult is WouldBlockLinux or WouldBlockMacOS or SharingViolationWindows)
        {
            return null;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"{path}: not writable.", e);
        }
    }

    /// <summary>Makes sure of the lock: the framework passes over file systems that have none, and can be told to take none.</summary>
    private static bool TryLock(SafeFileHandle handle, string path)
    {
        if (OperatingSystem.IsWindows() || Flock(handle, Exclusive | NonBlocking) == 0) return true;
        int error = Marshal.GetLastPInvokeError();
        if (error is WouldBlockLinux or WouldBlockMacOS) return false;
        throw new IOException($"{path}: cannot be locked: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    private static bool IsStillNamed(SafeFileHandle handle, string path)
    {
        if (!OperatingSystem.IsLinux()) return true; // the reference's tools, which delete, run on Linux only
        string? target = new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget;
        return target is null || !target.EndsWith(" (deleted)", StringComparison.Ordinal) || File.Exists(target);
    }

    private static void Describe(SafeFileHandle handle, TimeProvider time)
    {
        string text = string.Create(
            CultureInfo.InvariantCulture, $"{Environment.ProcessId} {Environment.MachineName} {time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}\n");
        RandomAccess.SetLength(handle, 0);
        RandomAccess.Write(handle, Encoding.UTF8.GetBytes(text), 0);
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle handle, int operation);
}
