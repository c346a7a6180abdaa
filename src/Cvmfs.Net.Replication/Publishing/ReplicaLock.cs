using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Replication.Publishing;

/// <summary>The lock that makes one run the only writer of a replica: among threads, processes and the reference's tools on the same host.</summary>
/// <remarks>
/// <para>An exclusive <c>flock</c> on a file that stays: the kernel frees it when its holder dies, so a leftover file means nothing. The
/// reference's tools delete the file when they are done. A lock taken on a file that has no name any more would exclude nobody, so
/// the name is looked at again after the lock was granted. And one of the reference's tools that waited on such a file believes to hold the
/// lock: whoever has seen the file here waits until it is free as well. (Two of those tools may still hold it both; that is out of reach.)</para>
/// <para>Who needs both locks takes <see cref="CollectingFileName"/> first, always: <see cref="TakeBothAsync"/>.</para>
/// <para>The file names its holder for people: process, host, time of taking.</para>
/// </remarks>
internal sealed class ReplicaLock : IDisposable
{
    /// <summary>The reference's name of the writers' lock, in the spool folder.</summary>
    public const string FileName = "is_updating.lock";

    /// <summary>The reference's name of the lock between garbage collection and check, in the spool folder. Snapshots do without it.</summary>
    public const string CollectingFileName = "is_collecting.lock";

    private const int MaxDescriptionBytes = 256;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);

    private readonly SafeFileHandle _handle;
    private readonly ReplicaLock? _before;

    private ReplicaLock(SafeFileHandle handle, ReplicaLock? before = null) => (_handle, _before) = (handle, before);

    /// <summary>Takes the lock, waiting for it if asked to.</summary>
    /// <param name="path">The lock file.</param>
    /// <param name="patience">How long to wait for another holder; zero to give up at once. There is no event for a foreign process's
    /// unlock that one could wait on, so the wait looks five times a second.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="isHopeless">Asked whenever somebody else holds the lock: true ends the wait.</param>
    /// <returns>Null if somebody else still holds it.</returns>
    /// <exception cref="IOException">The file cannot be made or locked.</exception>
    public static async Task<ReplicaLock?> TakeAsync(
        string path, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken, Func<bool>? isHopeless = null)
    {
        long started = time.GetTimestamp();
        using var attempt = new Attempt(path);
        using var queue = new LockQueue(path);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (attempt.TryTake() is { } handle)
            {
                Describe(handle, time);
                return new ReplicaLock(handle);
            }

            if (time.GetElapsedTime(started) >= patience || isHopeless?.Invoke() == true) return null;
            queue.Enter();
            await Task.Delay(RetryInterval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes both locks of a replica in the order that everybody keeps to, so that no two can wait for each other.</summary>
    /// <param name="spoolFolder">The replica's spool folder.</param>
    /// <param name="patience">How long to wait for each.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Both in one; null if somebody else still holds one of them, and then neither is held.</returns>
    /// <exception cref="IOException">A file cannot be made or locked.</exception>
    public static async Task<ReplicaLock?> TakeBothAsync(string spoolFolder, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var collecting = await TakeAsync(Path.Combine(spoolFolder, CollectingFileName), patience, time, cancellationToken).ConfigureAwait(false);
        if (collecting is null) return null;
        ReplicaLock? updating = null;
        try
        {
            updating = await TakeAsync(Path.Combine(spoolFolder, FileName), patience, time, cancellationToken).ConfigureAwait(false);
            return updating is null ? null : new ReplicaLock(updating._handle, collecting);
        }
        finally
        {
            if (updating is null) collecting.Dispose();
        }
    }

    /// <summary>What the lock file says of its last holder; empty where it says nothing, as with the reference's tools.</summary>
    public static string DescribeHolder(string path)
    {
        try
        {
            using var handle = LockFile.OpenToRead(path);
            if (handle is null) return "";
            Span<byte> text = stackalloc byte[MaxDescriptionBytes];
            return Encoding.UTF8.GetString(text[..RandomAccess.Read(handle, text, 0)]).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // it only serves a message
        }
    }

    /// <summary>Frees the lock. The file stays.</summary>
    public void Dispose()
    {
        if (!_handle.IsClosed) LockFile.Release(_handle);
        _before?.Dispose();
    }

    private static void Describe(SafeFileHandle handle, TimeProvider time)
    {
        string text = string.Create(
            CultureInfo.InvariantCulture, $"{Environment.ProcessId} {Environment.MachineName} {time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}\n");
        RandomAccess.SetLength(handle, 0);
        RandomAccess.Write(handle, Encoding.UTF8.GetBytes(text), 0);
    }

    private static bool IsStillNamed(SafeFileHandle handle)
    {
        if (!OperatingSystem.IsLinux()) return true; // the reference's tools, which delete, run on Linux only
        string? target = new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget;
        return target is null || !target.EndsWith(" (deleted)", StringComparison.Ordinal) || File.Exists(target);
    }

    /// <summary>One wait for the lock: remembers which files it has seen locked.</summary>
    private sealed class Attempt(string path) : IDisposable
    {
        private readonly List<SafeFileHandle> _nameless = []; // held by somebody when last seen, and deleted since
        private SafeFileHandle? _seen;

        /// <summary>The locked file, which the caller owns; null if somebody else holds it.</summary>
        public SafeFileHandle? TryTake()
        {
            while (true)
            {
                if ((_seen ??= LockFile.Open(path)) is not { } handle) return null;
                bool isLocked = LockFile.TryLock(handle, path);
                if (!IsStillNamed(handle))
                {
                    // Its former holder deleted it. Free, it means nothing; locked, somebody believes in it still. Either way there is a new one.
                    if (isLocked) handle.Dispose();
                    else _nameless.Add(handle);
                    _seen = null;
                    continue;
                }

                if (!isLocked) return null;
                _seen = null;
                if (AreFree()) return handle;
                handle.Dispose();
                return null;
            }
        }

        public void Dispose()
        {
            _seen?.Dispose();
            foreach (var handle in _nameless) handle.Dispose();
        }

        private bool AreFree()
        {
            _nameless.RemoveAll(handle =>
            {
                bool isFree = LockFile.TryLock(handle, path);
                if (isFree) handle.Dispose();
                return isFree;
            });
            return _nameless.Count == 0;
        }
    }
}
