// Checking/ proves that what a replica serves is whole and makes sense, in its folder, without network.
//
//   CheckSession ─┬─ RootChecks       manifest, reflog, tags        1 to 9
//                 ├─ RevisionChoice   where to begin                10
//                 ├─ CatalogGraph ► CatalogScan ► EntryChecks       11 to 24, 26 to 33
//                 │      └ ProvenCatalogs: what need not be looked into again
//                 ├─ ExistenceCheck   References/ beside the storage's listing   25, 33
//                 ├─ Scrubbing/       every object hashed, at the same time
//                 └─ Repairing/       what is missing or damaged, fetched again; then a second look
//
// Must stay true
//   - Nothing that lies there is believed before its hash was compared, and no row ends the check by what is in it.
//   - Memory does not grow with the number of objects; with that of catalogs by some 400 bytes each.
//   - A check changes nothing but its own notes in the spool folder, unless a repair was asked for.
using Cvmfs.Net.Replication.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>Checks a replica in its folder, without network. Thread-safe.</summary>
/// <param name="location">Where it lies.</param>
/// <param name="services">Null for the defaults.</param>
public sealed class ReplicaChecker(ReplicaLocation location, CheckServices? services = null)
{
    private readonly CheckServices _services = services ?? new CheckServices();

    /// <summary>Where the replica lies.</summary>
    public ReplicaLocation Location { get; } = location ?? throw new ArgumentNullException(nameof(location));

    /// <summary>Checks it.</summary>
    /// <param name="options">What to look at; null for the defaults.</param>
    /// <param name="progress">Hears some times a second how far the check is.</param>
    /// <param name="cancellationToken">Ends the check early.</param>
    /// <returns>What was found. Only misuse and cancellation throw.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<CheckReport> CheckAsync(CheckOptions? options = null, IProgress<CheckProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new CheckOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1, nameof(options));
        var time = _services.TimeProvider ?? TimeProvider.System;
        ILogger logger = _services.Logger ?? NullLogger.Instance;
        var session = new CheckSession(Location, options, _services, time, logger);
        CheckReport report;
        try
        {
            using (new ProgressTicks(() => progress?.Report(session.Progress()), time)) report = await session.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            report = session.Conclude(CheckOutcome.StorageFailed, e.Message, e);
        }

        progress?.Report(session.Progress());
        logger.CheckEnded(report.Repository, report.Outcome, report.Message);
        return report;
    }
}
