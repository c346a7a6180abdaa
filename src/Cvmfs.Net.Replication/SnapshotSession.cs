using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.History;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Reflogs;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Filtering;
using Cvmfs.Net.Replication.Journal;
using Cvmfs.Net.Replication.Planning;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Replication.Transfer;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication;

/// <summary>One run of a snapshot, from the first question to the last file, under the replica's lock.</summary>
internal sealed class SnapshotSession : IDisposable
{
    /// <summary>How often a run follows an upstream that moves on while objects of its old revision vanish.</summary>
    private const int MaxTargets = 4;

    private readonly Replica _replica;
    private readonly ReplicationOptions _options;
    private readonly IRepositorySource _source;
    private readonly ManifestVerifier _verifier;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RootFolder _storage;
    private readonly RootFolder _spool;
    private readonly RootFolder _checksumFolder;
    private readonly FileObjectStore _files;
    private readonly IObjectStore _objects;
    private readonly FreeSpaceGuard _guard;
    private readonly VerifiedManifestFetcher _manifests;
    private readonly ReplicaStatusFile _status;
    private readonly ReplicaPublisher _publisher;
    private readonly ObjectPresence _presence;
    private readonly string? _bootId;
    private readonly bool _isOwnStore;
    private readonly TransferShare? _share;
    private RunServices _run;
    private readonly SnapshotCounters _counters = new();
    private readonly DateTimeOffset _startedAt;
    private readonly long _began;

    private IReadOnlyDictionary<TransferFault, long>? _repetitionsBefore; // null without the lock: what is counted then is another run's
    private SnapshotRun? _running;
    private SnapshotPhase _phase;
    private ulong _target;
    private long _transferBegan;
    private long _publishBegan;
    private ulong? _previousRevision;
    private ulong? _revision;
    private ulong? _upstreamRevision;
    private DateTimeOffset? _whitelistExpiresAt;
    private int _tags;
    private ContentHash _servedRoot;
    private bool _isInitial;
    private bool _whitelistRenewed;
    private DateTimeOffset? _cutOffRunBegan;
    private FilterRecord? _filter;

    public SnapshotSession(
        Replica replica, IRepositorySource source, MasterKeys keys, ReplicaServices services, TimeProvider time, ILogger logger)
    {
        (_replica, _options, _source, _time, _logger) = (replica, replica.Options, source, time, logger);
        (_startedAt, _began) = (time.GetUtcNow(), time.GetTimestamp());
        string storage = replica.Location.StorageFolder;
        string spool = replica.Location.SpoolFolder;
        bool durable = _options.FlushBeforePublishing;
        _storage = new RootFolder(storage, new RootFolderOptions { Sync = durable });
        _spool = new RootFolder(spool, new RootFolderOptions { Sync = durable, TemporaryFolder = spool });
        string checksums = replica.Location.ReflogChecksumFolder;
        _checksumFolder = checksums == spool ? _spool : new RootFolder(checksums, new RootFolderOptions { Sync = durable, TemporaryFolder = checksums });
        _files = new FileObjectStore(storage);
        _objects = services.Objects ?? _files;
        _guard = new FreeSpaceGuard(storage, _options.ReserveBytes);
        _verifier = new ManifestVerifier(keys, services.Blacklist, services.Authorities, time);
        _manifests = new VerifiedManifestFetcher(source, replica.Repository, _verifier, _objects);
        _status = new ReplicaStatusFile(replica.Location, logger, time);
        _publisher = new ReplicaPublisher(_storage, _status, time);

        var retry = new RetryOptions { TimeProvider = time, Counts = replica.Repetitions };
        var fetcher = new VerifiedFetcher(source, new VerifiedFetcherOptions { Retry = retry }, logger);
        _presence = new ObjectPresence(_objects, _files, _options.VerifyPresent, time);
        _bootId = services.BootId;
        _isOwnStore = services.Objects is null;
        _share = services.Transfers?.Join();
        string temporary = Path.Combine(storage, ObjectPath.TransactionFolder);
        _run = new RunServices(
            _objects,
            _presence,
            new ObjectTransfers(fetcher, source.Origin, _objects, _guard, _counters.Slowest, time, _share, _options.MaxFailuresInARow),
            new CatalogOpener(temporary, _options.MaxDatabaseBytes),
            _counters,
            SchedulerLimits.For(_options.MaxTransfers, _options.OpenCatalogBytes),
            logger);
    }

    /// <summary>Fully qualified name of the repository.</summary>
    public string Repository => _replica.Repository.ToString();

    /// <summary>Time spent waiting for another run, before this one began.</summary>
    public TimeSpan LockWait { get; set; }

    /// <summary>Whether the spool folder knows of no earlier run: there was none, or the folder was emptied, say by a reboot.</summary>
    public bool SpoolIsNew { get; set; }

    /// <summary>Whether there ever was a successful snapshot. Needs no lock.</summary>
    public bool HasSucceededBefore() => File.Exists(Path.Combine(_storage.Location, RootFileNames.LastSnapshot));

    /// <summary>Runs to the end. The caller holds the lock, and translates exceptions.</summary>
    public async Task<SnapshotReport> RunAsync(bool allowRollback, CancellationToken cancellationToken)
    {
        _repetitionsBefore = _replica.Repetitions.ToDictionary();
        _files.CreateFolders();
        var store = _isOwnStore ? _replica.Stores.Of(_files) : _replica.Stores.Of(_objects);
        using var entered = store.Enter();
        _run = _run with { Store = store };
        _presence.Index = store.Index;
        // Under the lock, and alone in the store, no other writer lives: whatever lies there belongs to a run that died.
        int swept = store.WhileAlone(() => _files.SweepTransactions(before: DateTimeOffset.MaxValue));
        if (swept > 0) _logger.Swept(_replica.Repository.ToString(), swept);

        _cutOffRunBegan = SpoolIsNew ? _status.RunningSince() : null;
        await _status.BeginAsync(_startedAt, cancellationToken).ConfigureAwait(false);
        try
        {
            return await SnapshotAsync(allowRollback, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await _status.EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Gives up the run's part in what it shares with others.</summary>
    public void Dispose() => _share?.Dispose();

    /// <summary>Sums the run up.</summary>
    public SnapshotReport Conclude(SnapshotOutcome outcome, string message, Exception? cause = null)
    {
        long now = _time.GetTimestamp();
        long transferBegan = _transferBegan == 0 ? now : _transferBegan;
        long publishBegan = _publishBegan == 0 ? now : _publishBegan;
        return _counters.AddTo(new SnapshotReport
        {
            Outcome = outcome,
            Repository = _replica.Repository.ToString(),
            Message = message,
            Cause = cause,
            StartedAt = _startedAt,
            Upstream = _source.Origin,
            LockWaitDuration = LockWait,
            Duration = _time.GetElapsedTime(_began, now),
            VerifyDuration = _time.GetElapsedTime(_began, transferBegan) - LockWait,
            TransferDuration = _time.GetElapsedTime(transferBegan, publishBegan),
            PublishDuration = _time.GetElapsedTime(publishBegan, now),
            PreviousRevision = _previousRevision,
            Revision = _revision,
            UpstreamRevision = _upstreamRevision,
            WhitelistExpiresAt = _whitelistExpiresAt,
            Tags = _tags,
            IsInitial = _isInitial,
            WhitelistRenewed = _whitelistRenewed,
            IsPartial = _options.Filter is not null || _filter?.IsPartial == true,
            Repetitions = RepetitionsOfRun(),
            SlowestTransfers = _counters.Slowest.ToList(_run.Transfers.UrlOf),
        });
    }

    /// <summary>Where the run stands. From any thread.</summary>
    public SnapshotProgress Progress()
        => _counters.Progress(_phase, _target, _running?.WaitingCatalogs ?? 0, _running?.WaitingObjects ?? 0, _time.GetElapsedTime(_began));

    private async Task<SnapshotReport> SnapshotAsync(bool allowRollback, CancellationToken cancellationToken)
    {
        _guard.Check();
        _isInitial = !await _status.HasSucceededBeforeAsync(cancellationToken).ConfigureAwait(false);
        var served = await ServedManifest.ReadAsync(_storage, _logger, cancellationToken).ConfigureAwait(false);
        _previousRevision = _revision = served?.Revision;
        _servedRoot = served?.RootCatalog ?? default;
        _filter = await FilterRecord.ReadAsync(_storage, _spool, cancellationToken).ConfigureAwait(false);
        if (_filter.IsPartial && _options.Filter is null && !_options.AllowWidening)
        {
            return Conclude(SnapshotOutcome.WideningRefused, $"{_storage.Location} was made under a path filter, and this run has none.");
        }

        _presence.DistrustsSubtrees = !_filter.IsCompleteUnder(_options.Filter);
        if (!await _source.RootFileExistsAsync(RootFileNames.MasterReplica, cancellationToken).ConfigureAwait(false))
        {
            return Conclude(SnapshotOutcome.NotReplicable, $"{_source.Origin} has no {RootFileNames.MasterReplica}: it does not allow replication.");
        }

        var verified = await _manifests.FetchAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        (_upstreamRevision, _whitelistExpiresAt) = (verified.Manifest.Revision, verified.WhitelistExpires);
        if (served is not null)
        {
            if (!allowRollback && IsRollback(served, verified, out string reason)) return Conclude(SnapshotOutcome.RollbackRefused, reason);
            if (!_options.VerifyPresent && !_presence.DistrustsSubtrees && await IsServedAsync(served, verified, cancellationToken).ConfigureAwait(false))
            {
                _phase = SnapshotPhase.Publishing;
                await RunJournal.ForgetAsync(_spool, _files, _run.Store, cancellationToken).ConfigureAwait(false);
                _whitelistRenewed = await _publisher.RenewAsync(verified, cancellationToken).ConfigureAwait(false);
                return Conclude(SnapshotOutcome.Unchanged, $"revision {served.Revision} is up to date{(_whitelistRenewed ? "; the whitelist was renewed" : "")}.");
            }
        }

        ReplicaReflog reflog;
        try
        {
            reflog = await ReplicaReflog.OpenAsync(_storage, _checksumFolder, _replica.Repository, _isInitial, cancellationToken).ConfigureAwait(false);
            if (reflog.IsNew && !_isInitial && _options.RebuildReflog)
            {
                reflog.Dispose();
                reflog = await RebuildReflogAsync("there is none.", cancellationToken).ConfigureAwait(false);
            }
        }
        catch (CvmfsFormatException e) when (_options.RebuildReflog)
        {
            reflog = await RebuildReflogAsync(e.Message, cancellationToken).ConfigureAwait(false);
        }
        catch (CvmfsFormatException e)
        {
            return Conclude(SnapshotOutcome.ReflogMismatch, e.Message, e);
        }

        using (reflog)
        {
            return await CompleteAndPublishAsync(verified, reflog, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<SnapshotReport> CompleteAndPublishAsync(VerifiedManifest verified, ReplicaReflog reflog, CancellationToken cancellationToken)
    {
        _phase = SnapshotPhase.Transferring;
        _transferBegan = _time.GetTimestamp();
        using var journal = await BeginJournalAsync(cancellationToken).ConfigureAwait(false);
        if (_presence.DistrustsSubtrees) await _filter!.BeginAsync(_options.Filter, cancellationToken).ConfigureAwait(false);
        bool hasDoubted = false;
        for (int targets = 1; !await TryCompleteAsync(verified, reflog, cancellationToken).ConfigureAwait(false); targets++)
        {
            // What vanished may have been collected because the upstream moved on: then there is a newer goal, and all progress counts for it.
            var newer = _counters.MissingCount == 0 ? null : await _manifests.FetchAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            bool hasMoved = newer is not null && newer.Manifest.Revision > verified.Manifest.Revision;
            // Or a revision on the way was, after an earlier run had begun with it: once it has been asked for anew, the way ends there.
            bool isDoubtful = !hasMoved && !hasDoubted && _running is { DoubtfulRoots: > 0 };
            if ((!hasMoved && !isDoubtful) || targets == MaxTargets)
            {
                if (_running is { } run) _run.Store.WhileAlone(() => _files.DiscardStaged(except: run.Uncommitted)); // the whole tree was walked: whatever else is left, nobody wants
                return Conclude(SnapshotOutcome.Incomplete,
                    $"{_counters.FailureCount} objects of revision {verified.Manifest.Revision} did not come; first: {_counters.Failures[0].Message}");
            }

            hasDoubted |= isDoubtful;
            _counters.ForgetFailures();
            if (!hasMoved) continue;
            verified = newer!;
            _logger.Retargeted(_replica.Repository.ToString(), verified.Manifest.Revision);
        }

        _phase = SnapshotPhase.Publishing;
        _publishBegan = _time.GetTimestamp();
        verified = await WithFreshWhitelistAsync(verified, cancellationToken).ConfigureAwait(false);
        _whitelistExpiresAt = verified.WhitelistExpires;
        if (_options.FlushBeforePublishing) _files.Flush();
        await journal.FlushedAsync(cancellationToken).ConfigureAwait(false);
        reflog.AddAll([.. _counters.TagDatabases], ReflogKind.History, _time.GetUtcNow());
        await _publisher.PublishAsync(verified, [.. _counters.Roots], reflog, cancellationToken).ConfigureAwait(false);
        if (_presence.DistrustsSubtrees) await _filter!.EndAsync(_options.Filter, cancellationToken).ConfigureAwait(false);
        _revision = verified.Manifest.Revision;
        await journal.SucceedAsync(_run.Store, cancellationToken).ConfigureAwait(false);
        return Conclude(SnapshotOutcome.Updated, Invariant(
            $"revision {_revision} is served; {_counters.CatalogsFetched} catalogs and {_counters.ObjectsFetched} objects came, {_counters.BytesFetched} bytes."));
    }

    private Task<ReplicaReflog> RebuildReflogAsync(string reason, CancellationToken cancellationToken)
    {
        _logger.ReflogRebuilt(_replica.Repository.ToString(), reason);
        return ReplicaReflog.RebuildAsync(_storage, _checksumFolder, _replica.Repository, new ReflogReconstruction(_files, _run.Opener, _logger), cancellationToken);
    }

    /// <summary>Takes up what earlier runs left, and says on the disk that something is going to be stored.</summary>
    private async Task<RunJournal> BeginJournalAsync(CancellationToken cancellationToken)
    {
        var collected = await _status.LastCollectionAsync(cancellationToken).ConfigureAwait(false);
        var circumstances = new RunCircumstances(_bootId ?? BootIdentity.Read(), _status.RunningSince() ?? _startedAt, _cutOffRunBegan, collected);
        var journal = await RunJournal.BeginAsync(_spool, _files, circumstances, cancellationToken).ConfigureAwait(false);
        _presence.Suspects = journal.Suspects;
        _run = _run with { Journal = journal };
        return journal;
    }

    /// <summary>Stores all that a revision needs. False when something is missing; it is in the counters then.</summary>
    private async Task<bool> TryCompleteAsync(VerifiedManifest verified, ReplicaReflog reflog, CancellationToken cancellationToken)
    {
        var manifest = verified.Manifest;
        _target = manifest.Revision;
        _upstreamRevision = _target;
        _logger.TargetChosen(_replica.Repository.ToString(), _target);

        var databases = new TagDatabases(_run, _replica.Repository.ToString(), _isInitial ? 0 : _options.PreviousTagDatabases);
        TagDatabase? newest = null;
        if (manifest.HistoryKey is { } history)
        {
            newest = await databases.OpenNewestAsync(history, cancellationToken).ConfigureAwait(false);
            if (newest is null) return false;
        }

        IReadOnlyList<ContentHash> tags = [.. newest?.Tags.Select(tag => tag.RootCatalog).Distinct() ?? []];
        _tags = tags.Count;
        var goal = new SnapshotGoal(
            manifest.RootCatalog,
            (long)Math.Min(manifest.RootCatalogSize, long.MaxValue),
            tags,
            FollowHistory: !_isInitial,
            OldestWanted: manifest.IsGarbageCollectable ? _time.GetUtcNow() - _options.HistoryLimit : null,
            IsLogged: reflog.HasRoot,
            Filter: _options.Filter,
            Served: _servedRoot);
        _running = new SnapshotRun(goal, _run, _options.MaxTransfers);
        await _running.ExecuteAsync(cancellationToken).ConfigureAwait(false);

        if (newest is not null) await databases.CompleteAsync(newest, cancellationToken).ConfigureAwait(false);
        if (manifest.MetaInfoKey is { } metaInfo) await BringAsync(metaInfo, cancellationToken).ConfigureAwait(false);
        if (manifest.CertificateKey is { } certificate && !await _presence.ContainsAsync(certificate, cancellationToken).ConfigureAwait(false))
        {
            await _objects.PutAsync(certificate, verified.CertificateObject, cancellationToken).ConfigureAwait(false); // as received
            _presence.Stored(certificate);
        }

        return _counters.FailureCount == 0;
    }

    /// <summary>Stores one object that no catalog names.</summary>
    private async Task<bool> BringAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (await _presence.ContainsAsync(key, cancellationToken).ConfigureAwait(false)) return true;
        using var _ = await _run.Store.Gate.EnterAsync(key, cancellationToken).ConfigureAwait(false);
        if (_run.Store.WasShared && await _presence.ContainsAsync(key, cancellationToken).ConfigureAwait(false)) return true;
        var (bytes, failure) = await _run.Transfers.FetchAsync(key, cancellationToken).ConfigureAwait(false);
        if (failure is not null)
        {
            _run.Report(failure);
            return false;
        }

        _presence.Stored(key);
        _counters.ObjectFetched(bytes);
        return true;
    }

    private static bool IsRollback(Manifest served, VerifiedManifest verified, out string reason)
    {
        var offered = verified.Manifest;
        reason = Invariant($"the upstream offers revision {offered.Revision} of {offered.PublishedAt}, here is revision {served.Revision} of {served.PublishedAt} (Unix time).");
        return new RollbackGuard(served.Revision, served.PublishedAt, served.RootCatalog).JudgeAsReplica(verified)
            is RevisionVerdict.RevisionLower or RevisionVerdict.TimestampOlder;
    }

    /// <summary>The replica counts for all its runs, one after the other: this one's are what has been added.</summary>
    private Dictionary<TransferFault, long> RepetitionsOfRun()
    {
        var counts = new Dictionary<TransferFault, long>();
        if (_repetitionsBefore is null) return counts;
        foreach (var (fault, count) in _replica.Repetitions.ToDictionary())
        {
            long added = count - _repetitionsBefore.GetValueOrDefault(fault);
            if (added > 0) counts.Add(fault, added);
        }

        return counts;
    }

    /// <summary>The very same statement, and its root is there: a manifest is published only on top of a complete tree.</summary>
    private async Task<bool> IsServedAsync(Manifest served, VerifiedManifest verified, CancellationToken cancellationToken)
        => served.Bytes.Span.SequenceEqual(verified.Manifest.Bytes.Span)
            && await _objects.ContainsAsync(served.RootCatalogKey, cancellationToken).ConfigureAwait(false);

    /// <summary>After a long run, a whitelist that is as new as can be had, still vouching for the manifest that the run completed.</summary>
    private async Task<VerifiedManifest> WithFreshWhitelistAsync(VerifiedManifest verified, CancellationToken cancellationToken)
    {
        if (_time.GetUtcNow() - verified.CheckedAt <= _options.WhitelistMaxAge) return verified;
        var fresh = await _manifests.FetchAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return _verifier.Verify(_replica.Repository, verified.Manifest.Bytes, verified.CertificateObject, fresh.WhitelistBytes, fresh.Pkcs7Bytes?.ToArray());
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
