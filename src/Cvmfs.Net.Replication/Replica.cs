// One replica of one repository. A snapshot goes through these hands:
//
//   Replica ► ReplicaLock ► SnapshotSession ─┬─ verify    VerifiedManifestFetcher, RollbackGuard
//                                            ├─ transfer  SnapshotRun: CatalogWalker + TransferScheduler + CatalogCompletion
//                                            └─ publish   ReplicaPublisher, ReplicaReflog, ReplicaStatusFile
// Must stay true
//   - What is served is complete at every instant: a run that ends in any other way than Updated has changed no manifest.
//   - What a run has stored stays, so the next one goes on where it ended.
//   - After a success nothing is left behind but what is stored: no staged file, no marker, no lock. A run that ends otherwise also leaves its
//     journal and the catalogs that it has staged (Journal/), for the next one.
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Replication.Transfer;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Transport.Proxies;
using Cvmfs.Net.Trust;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Replication;

/// <summary>A replica of a repository in a folder: takes snapshots of its upstream. Thread-safe; of two snapshots at once, one finds the replica locked.</summary>
public sealed class Replica : IAsyncDisposable
{
    private readonly MasterKeys _keys;
    private readonly ReplicaServices _services;
    private readonly IRepositorySource _source;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ClassicLog? _classicLog;

    /// <summary>Names a replica; touches nothing and contacts nobody.</summary>
    /// <param name="options">What and where; must not be changed afterwards.</param>
    /// <param name="keys">Public keys of whom the whitelist may be signed by.</param>
    /// <param name="services">Null for the defaults.</param>
    /// <exception cref="OptionsValidationException">An option is missing or out of its range.</exception>
    /// <exception cref="CvmfsFormatException">The repository's name is none.</exception>
    /// <exception cref="ArgumentException">The upstream is neither URLs nor a folder.</exception>
    public Replica(ReplicationOptions options, MasterKeys keys, ReplicaServices? services = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(keys);
        options.ThrowIfInvalid();

        Options = options;
        Location = new ReplicaLocation(options.StorageFolder, options.SpoolFolder, options.Alias, options.ReflogChecksumFolder);
        Repository = RepositoryName.Parse(options.Repository);
        _keys = keys;
        _services = services ?? new ReplicaServices();
        Stores = _services.Stores ?? new SharedStores();
        _time = _services.TimeProvider ?? TimeProvider.System;
        _logger = _services.Logger ?? NullLogger.Instance;
        if (options.ClassicLogFile is { } classic) _classicLog = new ClassicLog(Path.GetFullPath(classic), Alias);
        _source = _services.Source ?? RepositorySource.Open(options.Upstream, SourceOptions(options, _services, Repetitions, _time, _logger));
    }

    /// <summary>The repository.</summary>
    public RepositoryName Repository { get; }

    /// <summary>Its local name.</summary>
    public string Alias => Location.Alias;

    /// <summary>Where it lies.</summary>
    public ReplicaLocation Location { get; }

    /// <summary>When a snapshot last succeeded, by the file that says so; null if none ever did.</summary>
    public DateTimeOffset? LastSnapshotAt
    {
        get
        {
            var file = new FileInfo(Path.Combine(Location.StorageFolder, RootFileNames.LastSnapshot));
            return file.Exists ? new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero) : null;
        }
    }

    /// <summary>Its options.</summary>
    public ReplicationOptions Options { get; }

    /// <summary>Where it is copied from.</summary>
    internal IRepositorySource Source => _source;

    /// <summary>Requests repeated on behalf of this replica, in all its runs.</summary>
    internal RepetitionCounts Repetitions { get; } = new();

    /// <summary>What is known of its store, from run to run.</summary>
    internal SharedStores Stores { get; }

    /// <summary>Brings the replica up to date with its upstream.</summary>
    /// <param name="allowRollback">Whether an older revision than the one served may replace it. An operator's decision, never a default.</param>
    /// <param name="progress">Hears some times a second how far the run is.</param>
    /// <param name="cancellationToken">Ends the run early; what it stored stays for the next one.</param>
    /// <returns>What was done and how it ended. Only misuse and cancellation throw.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="IOException">The classic log cannot be written.</exception>
    public async Task<SnapshotReport> SnapshotAsync(
        bool allowRollback = false, IProgress<SnapshotProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        string name = Repository.ToString();
        _logger.SnapshotBegins(name, _source.Origin);
        SnapshotReport? report = null;
        using var session = new SnapshotSession(this, _source, _keys, _services, _time, _logger);
        ReplicationMetrics.Begin(name, _time.GetUtcNow(), session.Progress);
        try
        {
            if (_classicLog is not null) await _classicLog.StartAsync(_time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            using var ticks = new ProgressTicks(() => Tick(session, progress), _time);
            report = await ConcludeAsync(session, allowRollback, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ReplicationMetrics.End(name, report, _time.GetUtcNow());
            if (_classicLog is not null) await _classicLog.FinishAsync(report, _time.GetUtcNow()).ConfigureAwait(false);
        }

        progress?.Report(session.Progress());
        if (report.Succeeded) _logger.SnapshotSucceeded(name, report.Message);
        else _logger.SnapshotFailed(name, report.Outcome, report.Message, report.Cause);
        return report;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _services.Source is null ? _source.DisposeAsync() : ValueTask.CompletedTask;

    private async Task<SnapshotReport> ConcludeAsync(SnapshotSession session, bool allowRollback, CancellationToken cancellationToken)
    {
        if (Options.IsPassThrough) return session.Conclude(SnapshotOutcome.Skipped, "requests are passed through; there is nothing to copy.");
        try
        {
            Directory.CreateDirectory(Location.SpoolFolder);
            string lockFile = Path.Combine(Location.SpoolFolder, ReplicaLock.FileName);
            session.SpoolIsNew = !File.Exists(lockFile);
            long asked = _time.GetTimestamp();
            // Nobody waits for a first snapshot: it may take days, and what it will bring is all that the waiting one wants.
            bool isInitial = false;
            using var taken = await ReplicaLock.TakeAsync(
                lockFile, Options.LockPatience, _time, cancellationToken, () => isInitial = !session.HasSucceededBefore()).ConfigureAwait(false);
            session.LockWait = _time.GetElapsedTime(asked);
            return taken is null
                ? session.Conclude(SnapshotOutcome.Locked, LockedMessage(lockFile, isInitial))
                : await session.RunAsync(allowRollback, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RunFailure.OutcomeOf(e) is { } outcome)
        {
            return session.Conclude(outcome, e.Message, e);
        }
    }

    private static string LockedMessage(string lockFile, bool isInitial)
    {
        string holder = ReplicaLock.DescribeHolder(lockFile);
        return $"{lockFile} is held by {(isInitial ? "a first snapshot" : "another run")}{(holder.Length > 0 ? $" ({holder})" : "")}.";
    }

    /// <summary>How a run of such options talks to its upstream.</summary>
    internal static RepositorySourceOptions SourceOptions(
        ReplicationOptions options, ReplicaServices services, RepetitionCounts counts, TimeProvider time, ILogger logger)
    {
        var source = new RepositorySourceOptions { Logger = logger };
        source.Http.MaxConnections = options.MaxConnections;
        source.Http.MaxPipelineDepth = Math.Clamp(options.MaxTransfers / options.MaxConnections, 1, 16);
        source.Http.Connections = services.Connections;
        (source.Http.ConnectTimeout, source.Http.StallTimeout) = (options.NetworkTimeout, options.NetworkTimeout);
        source.Retry.Retries = options.Retries;
        source.Http.RateLimits = options.MaxBytesPerSecond == 0 ? services.RateLimits : [new ByteRateLimit(options.MaxBytesPerSecond, time), .. services.RateLimits];
        source.Proxies = options.Proxies is { } proxies ? ClientProxyList.Parse(proxies) : null;
        source.ProxyGroups.TimeProvider = time;
        source.Http.ContinueOnConnection = true; // the workers never block on one another, and yield before they open or list catalogs
        source.Http.TimeProvider = time;
        source.Retry.TimeProvider = time;
        source.Failover.TimeProvider = time;
        (source.Retry.Counts, source.Failover.Counts) = (counts, counts);
        return source;
    }

    private void Tick(SnapshotSession session, IProgress<SnapshotProgress>? progress)
    {
        var now = session.Progress();
        ReplicationMetrics.Progress(session.Repository, now, _time.GetUtcNow());
        progress?.Report(now);
    }
}
