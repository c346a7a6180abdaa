// Fills a client's cache before the client asks: the same engine as a snapshot, another store, and much less around it.
//
//   verify ► HEAD's tree, tag database, certificate, meta info ► AlienCacheStore ► dirtab.NAME ► cvmfschecksum.NAME
//
// Must stay true
//   - The breadcrumb comes last: it says that everything of its revision is there.
//   - A present catalog proves nothing, for clients store catalogs here as well, one by one. Every run that has something to do walks the whole tree.
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Replication.Transfer;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Replication;

/// <summary>Brings the newest revision of a repository into a client's cache folder ("alien cache"), decompressed, as clients keep it. Thread-safe; of
/// two runs at once on one cache, one finds it locked.</summary>
/// <remarks>Neither tags nor earlier revisions come. Of the options, the storage folder is the cache folder; those about history, following and
/// publishing mean nothing here.</remarks>
public sealed class CachePreloader : IAsyncDisposable
{
    private readonly ReplicationOptions _options;
    private readonly RepositoryName _repository;
    private readonly ReplicaServices _services;
    private readonly IRepositorySource _source;
    private readonly ManifestVerifier _verifier;
    private readonly AlienCacheStore _cache;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RepetitionCounts _repetitions = new();

    /// <summary>Names what goes where; touches nothing and contacts nobody.</summary>
    /// <param name="options">Repository, upstream, the cache as storage folder, filter, limits.</param>
    /// <param name="keys">Public keys of whom the whitelist may be signed by.</param>
    /// <param name="services">Null for the defaults; a store of its own is not looked at.</param>
    /// <exception cref="OptionsValidationException">An option is missing or out of its range.</exception>
    /// <exception cref="CvmfsFormatException">The repository's name is none.</exception>
    /// <exception cref="ArgumentException">The upstream is neither URLs nor a folder.</exception>
    public CachePreloader(ReplicationOptions options, MasterKeys keys, ReplicaServices? services = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(keys);
        options.ThrowIfInvalid();
        _options = options;
        _repository = RepositoryName.Parse(options.Repository);
        _services = services ?? new ReplicaServices();
        _time = _services.TimeProvider ?? TimeProvider.System;
        _logger = _services.Logger ?? NullLogger.Instance;
        _verifier = new ManifestVerifier(keys, _services.Blacklist, _services.Authorities, _time);
        _cache = new AlienCacheStore(options.StorageFolder);
        _source = _services.Source ?? RepositorySource.Open(options.Upstream, Replica.SourceOptions(options, _services, _repetitions, _time, _logger));
    }

    /// <summary>Brings what is missing.</summary>
    /// <param name="progress">Hears some times a second how far the run is.</param>
    /// <param name="cancellationToken">Ends the run early; what it stored stays for the next one.</param>
    /// <returns>What was done and how it ended. Only misuse and cancellation throw.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<SnapshotReport> PreloadAsync(IProgress<SnapshotProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var run = new PreloadRun(_options, _repository, _services, _source, _verifier, _cache, _repetitions, _time, _logger);
        using var ticks = progress is null ? null : new ProgressTicks(() => progress.Report(run.Progress()), _time);
        try
        {
            _cache.CreateFolders();
            string lockFile = Path.Combine(_cache.Location, PreloadRun.LockName);
            using var taken = await ReplicaLock.TakeAsync(lockFile, _options.LockPatience, _time, cancellationToken).ConfigureAwait(false);
            if (taken is null) return run.Conclude(SnapshotOutcome.Locked, $"{lockFile} is held by another run ({ReplicaLock.DescribeHolder(lockFile)}).");
            return await run.ExecuteAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (CvmfsFormatException e)
        {
            return run.Conclude(SnapshotOutcome.Incomplete, e.Message, e); // right bytes that nobody can decompress: the publisher's fault
        }
        catch (Exception e) when (RunFailure.OutcomeOf(e) is { } outcome)
        {
            return run.Conclude(outcome, e.Message, e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _services.Source is null ? _source.DisposeAsync() : ValueTask.CompletedTask;
}
