// Collects the garbage of one replica, by the folders alone.
//
//   GarbageCollector ► CollectionRun ─┬─ GarbageSearch   what is kept, what is not; beside snapshots (References/)
//                                     ├─ CondemnedList   on the disk before the first object goes
//                                     ├─ GarbageRemoval  both locks held: root catalogs, nested ones, what they refer to
//                                     └─ ReplicaReflog, ReplicaStatusFile
// Must stay true
//   - Nothing that a kept revision needs is removed, and nothing that any catalog in the storage needs which stays there.
//   - In doubt nothing is removed: a kept catalog that cannot be read, a log or a manifest that cannot be believed.
//   - Whenever a run ends, no catalog is left that lacks something of its own, and the next run finishes what this one has begun.
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Transfer;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Replication.Collection;

/// <summary>Collects the garbage of a replica. Works on the folders alone; no upstream is asked. Thread-safe; of two runs at once, one finds the replica locked.</summary>
/// <param name="location">Where the replica lies.</param>
/// <param name="services">Null for the defaults.</param>
public sealed class GarbageCollector(ReplicaLocation location, CollectionServices? services = null)
{
    private readonly CollectionServices _services = services ?? new CollectionServices();

    /// <summary>Where the replica lies.</summary>
    public ReplicaLocation Location { get; } = location ?? throw new ArgumentNullException(nameof(location));

    /// <summary>Finds and removes what no kept revision needs.</summary>
    /// <param name="options">What to keep.</param>
    /// <param name="progress">Hears some times a second how far the run is.</param>
    /// <param name="cancellationToken">Ends the run early; the next one goes on.</param>
    /// <returns>What was done and how it ended. Only misuse and cancellation throw.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<CollectionReport> CollectAsync(
        CollectionOptions options, IProgress<CollectionProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ThrowIfInvalid(options);
        cancellationToken.ThrowIfCancellationRequested();
        var time = _services.TimeProvider ?? TimeProvider.System;
        var logger = _services.Logger ?? NullLogger.Instance;
        var (startedAt, began) = (time.GetUtcNow(), time.GetTimestamp());
        var counters = new CollectionCounters { Repository = Location.Alias };
        logger.CollectionBegins(Location.Alias, options.DryRun ? ", as a dry run" : "");

        var (outcome, message, cause) = (CollectionOutcome.Collected, "", (Exception?)null);
        using (progress is null ? null : new ProgressTicks(() => progress.Report(counters.Progress(time.GetElapsedTime(began))), time))
        {
            var run = new CollectionRun(Location, options, _services, counters, time, logger);
            try
            {
                using (run) message = await run.ExecuteAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (CollectionRefusedException e)
            {
                (outcome, message, cause) = (e.Outcome, e.Message, e.InnerException);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                (outcome, message, cause) = (e is IOException io && StorageFullException.Is(io) ? CollectionOutcome.StorageFull : CollectionOutcome.StorageFailed, e.Message, e);
            }
        }

        var report = counters.AddTo(
            new CollectionReport
            {
                Outcome = outcome,
                Repository = counters.Repository,
                Message = message,
                Cause = cause,
                DryRun = options.DryRun,
                StartedAt = startedAt,
                Duration = time.GetElapsedTime(began),
            },
            time);
        progress?.Report(counters.Progress(report.Duration));
        CollectionMetrics.End(report);
        if (report.Succeeded) logger.CollectionSucceeded(report.Repository, message);
        else logger.CollectionFailed(report.Repository, outcome, message, cause);
        return report;
    }

    /// <summary>Moves garbage that was set aside back to where readers look. Only of use while nothing was collected since: it is garbage still, and goes with the next run.</summary>
    /// <returns>Objects brought back.</returns>
    /// <exception cref="IOException">The storage fails.</exception>
    internal static long BringBack(FileObjectStore files, string name)
        => files.EnumerateAside(name).OrderBy(static key => key.Suffix == ObjectSuffix.Catalog).ToList().LongCount(key => files.BringBack(key, name));

    private static void ThrowIfInvalid(CollectionOptions options)
    {
        if (options.KeepRevisions is < 0) throw new ArgumentOutOfRangeException(nameof(options), options.KeepRevisions, "KeepRevisions is 0 or more.");
        if (options.MemoryBytes < CollectionOptions.LeastMemoryBytes) throw new ArgumentOutOfRangeException(nameof(options), options.MemoryBytes, "MemoryBytes is too small.");
        if (options.BatchObjects < 1) throw new ArgumentOutOfRangeException(nameof(options), options.BatchObjects, "BatchObjects is 1 or more.");
        if (options.ReferenceListBytes < 0) throw new ArgumentOutOfRangeException(nameof(options), options.ReferenceListBytes, "ReferenceListBytes is 0 or more.");
        if (options.GracePeriod < TimeSpan.Zero || options.LockPatience < TimeSpan.Zero || options.LentLockPatience < TimeSpan.Zero || options.QuarantineFor < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(options), "A time is negative.");
    }
}
