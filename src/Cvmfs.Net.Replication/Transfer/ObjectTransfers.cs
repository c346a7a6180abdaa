using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Replication.Transfer;

/// <summary>Brings single objects and sorts what can go wrong: with the object (goes on), with the upstream as a whole, or with the storage (both end the run).</summary>
/// <param name="fetcher">Verifies, retries, and repeats past caches.</param>
/// <param name="origin">Name of the upstream, for messages.</param>
/// <param name="store">Takes the objects.</param>
/// <param name="guard">Watches the free space.</param>
/// <param name="slowest">Takes note of how long each took.</param>
/// <param name="time">The clock for that.</param>
/// <param name="share">Turns among the replicas of this process; null for a replica that shares with none.</param>
/// <param name="maxFailuresInARow">Failures without any success between them that mean the upstream is gone.</param>
internal sealed class ObjectTransfers(
    VerifiedFetcher fetcher, string origin, IObjectStore store, FreeSpaceGuard guard, SlowestTransfers slowest, TimeProvider time, TransferShare? share, int maxFailuresInARow)
{
    private int _failuresInARow;

    /// <summary>Brings an object and stores it.</summary>
    /// <returns>Stored bytes, or why it did not come.</returns>
    /// <exception cref="CvmfsTransportException">Nothing has come for so long that the upstream must be gone.</exception>
    /// <exception cref="IOException">The storage cannot take it.</exception>
    public async Task<(long Bytes, TransferFailure? Failure)> FetchAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (share is not null) await share.TakeAsync(cancellationToken).ConfigureAwait(false);
        long began = time.GetTimestamp();
        try
        {
            long? bytes = await fetcher.FetchAsync(key, store, cancellationToken: cancellationToken).ConfigureAwait(false);
            Answered(key, bytes ?? 0, began);
            return bytes is { } length ? (length, null) : (0, Missing(key));
        }
        catch (CvmfsException e) when (FailureOf(key, e) is { } failure)
        {
            return (0, failure);
        }
        finally
        {
            share?.Release();
        }
    }

    /// <summary>Brings an object and stages it.</summary>
    /// <returns>The staged object, which the caller owns, or why it did not come.</returns>
    /// <exception cref="CvmfsTransportException">Nothing has come for so long that the upstream must be gone.</exception>
    /// <exception cref="IOException">The storage cannot take it.</exception>
    public async Task<(StagedObject? Staged, TransferFailure? Failure)> StageAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (share is not null) await share.TakeAsync(cancellationToken).ConfigureAwait(false);
        long began = time.GetTimestamp();
        try
        {
            var staged = await fetcher.StageAsync(key, store, cancellationToken: cancellationToken).ConfigureAwait(false);
            Answered(key, staged?.Length ?? 0, began);
            return (staged, staged is null ? Missing(key) : null);
        }
        catch (CvmfsException e) when (FailureOf(key, e) is { } failure)
        {
            return (null, failure);
        }
        finally
        {
            share?.Release();
        }
    }

    /// <summary>Where an object is asked for first.</summary>
    public string UrlOf(ObjectKey key)
    {
        int comma = origin.IndexOf(',', StringComparison.Ordinal);
        return $"{(comma < 0 || !origin.Contains("://", StringComparison.Ordinal) ? origin : origin[..comma])}/{ObjectPath.Of(key)}";
    }

    private TransferFailure Missing(ObjectKey key)
        => new(key, TransferFailureReason.Missing, null, $"{origin} has no {ObjectPath.Of(key)}.") { Url = UrlOf(key) };

    private void Answered(ObjectKey key, long bytes, long began)
    {
        slowest.Add(key, bytes, time.GetElapsedTime(began));
        Volatile.Write(ref _failuresInARow, 0);
        guard.Stored(bytes);
    }

    /// <summary>Null for what ends the run.</summary>
    private TransferFailure? FailureOf(ObjectKey key, CvmfsException e) => e switch
    {
        ObjectIntegrityException wrong => new TransferFailure(key, TransferFailureReason.Corrupt, null, e.Message) { Url = wrong.Origin },
        CvmfsTransportException broken when Interlocked.Increment(ref _failuresInARow) < maxFailuresInARow
            => new TransferFailure(key, TransferFailureReason.Unreachable, null, e.Message) { Url = broken.Origin },
        _ => null,
    };
}
