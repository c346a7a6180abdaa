using System.Globalization;
using System.Text;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Planning;
using Cvmfs.Net.Replication.Transfer;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication;

/// <summary>One run of a preload, under the cache's lock.</summary>
internal sealed class PreloadRun
{
    /// <summary>Lock file in the cache folder; clients take no notice of it.</summary>
    public const string LockName = "preload.lock";

    private readonly ReplicationOptions _options;
    private readonly RepositoryName _repository;
    private readonly IRepositorySource _source;
    private readonly AlienCacheStore _cache;
    private readonly RepetitionCounts _repetitions;
    private readonly VerifiedManifestFetcher _manifests;
    private readonly FreeSpaceGuard _guard;
    private readonly RunServices _run;
    private readonly SnapshotCounters _counters = new();
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _startedAt;
    private readonly long _began;
    private SnapshotRun? _running;
    private SnapshotPhase _phase;
    private ulong _target;
    private ulong? _revision;

    public PreloadRun(
        ReplicationOptions options,
        RepositoryName repository,
        ReplicaServices services,
        IRepositorySource source,
        ManifestVerifier verifier,
        AlienCacheStore cache,
        RepetitionCounts repetitions,
        TimeProvider time,
        ILogger logger)
    {
        (_options, _repository, _source, _cache, _repetitions, _time) = (options, repository, source, cache, repetitions, time);
        (_startedAt, _began) = (time.GetUtcNow(), time.GetTimestamp());
        _manifests = new VerifiedManifestFetcher(source, repository, verifier);
        _guard = new FreeSpaceGuard(cache.Location, options.ReserveBytes);
        var retry = new RetryOptions { TimeProvider = time, Counts = repetitions };
        var fetcher = new VerifiedFetcher(source, new VerifiedFetcherOptions { Retry = retry }, logger);
        var presence = new ObjectPresence(cache, new FileObjectStore(cache.Location), verifyAll: false, time) { DistrustsSubtrees = true };
        _run = new RunServices(
            cache,
            presence,
            new ObjectTransfers(fetcher, source.Origin, cache, _guard, _counters.Slowest, time, null, options.MaxFailuresInARow),
            new CatalogOpener(cache.TemporaryFolder, options.MaxDatabaseBytes),
            _counters,
            SchedulerLimits.For(options.MaxTransfers, options.OpenCatalogBytes),
            logger)
        {
            FoundMissing = reference => cache.Expect(reference.Key, reference.Compression),
        };
    }

    private string Breadcrumb => $"cvmfschecksum.{_repository}";

    private string FilterName => $"dirtab.{_repository}";

    /// <summary>Runs to the end.</summary>
    public async Task<SnapshotReport> ExecuteAsync(CancellationToken cancellationToken)
    {
        _cache.Sweep();
        _guard.Check();
        var verified = await _manifests.FetchAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        var manifest = verified.Manifest;
        _target = manifest.Revision;
        string breadcrumb = string.Create(CultureInfo.InvariantCulture, $"{manifest.RootCatalog}T{manifest.PublishedAt}R{manifest.Revision}");
        if (await IsUpToDateAsync(breadcrumb, cancellationToken).ConfigureAwait(false))
        {
            _revision = _target;
            return Conclude(SnapshotOutcome.Unchanged, $"revision {_target} is in the cache.");
        }

        _phase = SnapshotPhase.Transferring;
        var goal = new SnapshotGoal(
            manifest.RootCatalog, (long)Math.Min(manifest.RootCatalogSize, long.MaxValue), [], FollowHistory: false, OldestWanted: null, IsLogged: _ => true, _options.Filter);
        _running = new SnapshotRun(goal, _run, _options.MaxTransfers);
        try
        {
            await _running.ExecuteAsync(cancellationToken).ConfigureAwait(false);
            foreach (var key in ((ObjectKey?[])[manifest.HistoryKey, manifest.MetaInfoKey]).OfType<ObjectKey>()) await BringAsync(key, cancellationToken).ConfigureAwait(false);
            if (manifest.CertificateKey is { } certificate) await _cache.PutAsync(certificate, verified.CertificateObject, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _cache.Sweep(); // catalogs that waited for what did not come
        }

        if (_counters.FailureCount > 0)
        {
            return Conclude(SnapshotOutcome.Incomplete, $"{_counters.FailureCount} objects of revision {_target} did not come; first: {_counters.Failures[0].Message}");
        }

        _phase = SnapshotPhase.Publishing;
        if (_options.FlushBeforePublishing) _cache.Flush();
        if (_options.Filter is { } filter) _cache.ReplaceFile(FilterName, filter.Text.Span);
        else File.Delete(Path.Combine(_cache.Location, FilterName));
        _cache.ReplaceFile(Breadcrumb, Encoding.ASCII.GetBytes(breadcrumb));
        _revision = _target;
        return Conclude(SnapshotOutcome.Updated, string.Create(
            CultureInfo.InvariantCulture, $"revision {_target} is in the cache; {_counters.CatalogsFetched} catalogs and {_counters.ObjectsFetched} objects came."));
    }

    /// <summary>Where the run stands. From any thread.</summary>
    public SnapshotProgress Progress()
        => _counters.Progress(_phase, _target, _running?.WaitingCatalogs ?? 0, _running?.WaitingObjects ?? 0, _time.GetElapsedTime(_began));

    /// <summary>Sums the run up.</summary>
    public SnapshotReport Conclude(SnapshotOutcome outcome, string message, Exception? cause = null) => _counters.AddTo(new SnapshotReport
    {
        Outcome = outcome,
        Repository = _repository.ToString(),
        Upstream = _source.Origin,
        Message = message,
        Cause = cause,
        StartedAt = _startedAt,
        Duration = _time.GetElapsedTime(_began),
        Revision = _revision,
        UpstreamRevision = _target == 0 ? null : _target,
        IsPartial = _options.Filter is not null,
        Repetitions = _repetitions.ToDictionary(),
        SlowestTransfers = _counters.Slowest.ToList(_run.Transfers.UrlOf),
    });

    /// <summary>The same revision, under the same filter.</summary>
    private async Task<bool> IsUpToDateAsync(string breadcrumb, CancellationToken cancellationToken)
    {
        if (_options.VerifyPresent) return false;
        byte[] filter = await ReadAsync(FilterName, cancellationToken).ConfigureAwait(false);
        if (!filter.AsSpan().SequenceEqual(_options.Filter is { } wanted ? wanted.Text.Span : default)) return false;
        return Encoding.ASCII.GetString(await ReadAsync(Breadcrumb, cancellationToken).ConfigureAwait(false)) == breadcrumb;
    }

    private async Task<byte[]> ReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(Path.Combine(_cache.Location, name), cancellationToken).ConfigureAwait(false);
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }

    private async Task BringAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (await _cache.ContainsAsync(key, cancellationToken).ConfigureAwait(false)) return;
        var (bytes, failure) = await _run.Transfers.FetchAsync(key, cancellationToken).ConfigureAwait(false);
        if (failure is null) _counters.ObjectFetched(bytes);
        else _run.Report(failure);
    }
}
