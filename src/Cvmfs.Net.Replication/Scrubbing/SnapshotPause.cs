using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>Makes a scrub wait while a snapshot writes into its storage, so that the disk is the snapshot's. Thread-safe.</summary>
/// <remarks>A foreign process's snapshot can only be seen by its marker, and by its lock: a marker without a lock is a dead run's.</remarks>
internal sealed class SnapshotPause(string storageFolder, string spoolFolder, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly string _marker = Path.Combine(storageFolder, RootFileNames.IsSnapshotting);
    private readonly string _lockFile = Path.Combine(spoolFolder, ReplicaLock.FileName);
    private long _lookedAt = long.MinValue;

    /// <summary>Waits as long as a snapshot is seen; looks once a second.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        long last = Interlocked.Read(ref _lookedAt);
        if (last != long.MinValue && time.GetElapsedTime(last) < Interval) return;
        while (IsSnapshotRunning()) await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(false);
        Interlocked.Exchange(ref _lookedAt, time.GetTimestamp());
    }

    private bool IsSnapshotRunning()
    {
        if (!File.Exists(_marker)) return false;
        using var handle = LockFile.OpenToRead(_lockFile);
        if (handle is null) return false;
        if (!LockFile.TryLock(handle, _lockFile)) return true;
        LockFile.Release(handle); // held for an instant: a snapshot that waits for its lock looks again soon
        return false;
    }
}
