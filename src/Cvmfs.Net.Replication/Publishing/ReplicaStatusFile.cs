using System.Text;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Transport;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Publishing;

/// <summary>The files that tell monitors about snapshots, collections and checks: one while a snapshot lasts, two after it succeeded.</summary>
/// <remarks>
/// <para>The status document has several writers, which hold different locks or none. So each change of it is a reading, a change and a rename under a lock of
/// its own, held for that long only. The lock orders our own writers; the reference's tools know of none.</para>
/// <para>None of the files is synced to the disk: a run that finds nothing new writes nothing but these, and what a power loss makes of them the
/// next run sets right.</para>
/// </remarks>
internal sealed class ReplicaStatusFile(ReplicaLocation location, ILogger logger, TimeProvider? time = null)
{
    /// <summary>Name of the lock file, in the spool folder.</summary>
    public const string LockName = "status.lock";

    private const int MaxStatusBytes = 1 << 20;

    // A change takes microseconds. Who finds the lock taken for so long looks at a process that was stopped in the middle of one.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly RootFolder _storage = new(location.StorageFolder, new RootFolderOptions { Sync = false });
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Since when a run is going on, by the file system's clock; null for none. Before <see cref="BeginAsync"/> that is a run that was cut off.</summary>
    public DateTimeOffset? RunningSince()
    {
        var file = new FileInfo(Path.Combine(_storage.Location, RootFileNames.IsSnapshotting));
        return file.Exists ? new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero) : null;
    }

    /// <summary>When garbage was last collected; null where the status document does not say.</summary>
    public async Task<DateTimeOffset?> LastCollectionAsync(CancellationToken cancellationToken)
        => (await ReadAsync(cancellationToken).ConfigureAwait(false)).LastGarbageCollection?.Time;

    /// <summary>Says that a run has begun. Before the first transfer.</summary>
    public ValueTask BeginAsync(DateTimeOffset now, CancellationToken cancellationToken)
        => _storage.ReplaceAsync(RootFileNames.IsSnapshotting, DateLine(now), cancellationToken);

    /// <summary>Says that no run is going on, however it ended.</summary>
    public async ValueTask EndAsync() => await _storage.DeleteAsync(RootFileNames.IsSnapshotting, CancellationToken.None).ConfigureAwait(false);

    /// <summary>Whether there was ever a successful snapshot.</summary>
    public ValueTask<bool> HasSucceededBeforeAsync(CancellationToken cancellationToken) => _storage.ExistsAsync(RootFileNames.LastSnapshot, cancellationToken);

    /// <summary>Notes a success: in the status document, where keys of others stay as they are, and in the older file.</summary>
    public async Task SucceedAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await ChangeAsync(status => status.WithLastSnapshot(now), cancellationToken).ConfigureAwait(false);
        await _storage.ReplaceAsync(RootFileNames.LastSnapshot, DateLine(now), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Notes the end of a garbage collection.</summary>
    /// <exception cref="IOException">The document cannot be written, or its lock not be had.</exception>
    public Task SetLastCollectionAsync(DateTimeOffset now, CancellationToken cancellationToken)
        => ChangeAsync(status => status.WithLastGarbageCollection(now), cancellationToken);

    /// <summary>Notes the end of a check.</summary>
    /// <exception cref="IOException">The document cannot be written, or its lock not be had.</exception>
    public Task SetLastCheckAsync(DateTimeOffset now, bool succeeded, CancellationToken cancellationToken)
        => ChangeAsync(status => status.WithLastCheck(now, succeeded), cancellationToken);

    private async Task ChangeAsync(Func<StatusDocument, StatusDocument> change, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(location.SpoolFolder);
        string lockFile = Path.Combine(location.SpoolFolder, LockName);
        using var alone = await ReplicaLock.TakeAsync(lockFile, Patience, _time, cancellationToken).ConfigureAwait(false)
            ?? throw new IOException($"{lockFile} is held by {ReplicaLock.DescribeHolder(lockFile)}, for longer than {Patience.TotalSeconds:0} s.");
        var status = await ReadAsync(cancellationToken).ConfigureAwait(false);
        await _storage.ReplaceAsync(RootFileNames.Status, change(status).ToBytes(), cancellationToken).ConfigureAwait(false);
    }

    private async Task<StatusDocument> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            byte[]? json = await _storage.ReadAsync(RootFileNames.Status, MaxStatusBytes, cancellationToken).ConfigureAwait(false);
            return json is null ? StatusDocument.Empty : StatusDocument.Parse(json);
        }
        catch (CvmfsFormatException e)
        {
            logger.StatusUnreadable(_storage.Location, e); // nothing in it can be kept; a new one is better than none
            return StatusDocument.Empty;
        }
    }

    private static byte[] DateLine(DateTimeOffset now) => Encoding.ASCII.GetBytes(CvmfsDate.Format(now) + "\n");
}
