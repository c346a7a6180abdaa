using System.Text;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Transport;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Publishing;

/// <summary>The files that tell monitors about snapshots: one while a run lasts, two after it succeeded.</summary>
/// <remarks>Only the holder of the replica's lock writes them. They are not synced to the disk: a run that finds nothing new writes nothing but
/// these, and what a power loss makes of them the next run sets right.</remarks>
internal sealed class ReplicaStatusFile(string storageFolder, ILogger logger)
{
    private const int MaxStatusBytes = 1 << 20;

    private readonly RootFolder _storage = new(storageFolder, new RootFolderOptions { Sync = false });

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
        var status = await ReadAsync(cancellationToken).ConfigureAwait(false);
        await _storage.ReplaceAsync(RootFileNames.Status, status.WithLastSnapshot(now).ToBytes(), cancellationToken).ConfigureAwait(false);
        await _storage.ReplaceAsync(RootFileNames.LastSnapshot, DateLine(now), cancellationToken).ConfigureAwait(false);
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
