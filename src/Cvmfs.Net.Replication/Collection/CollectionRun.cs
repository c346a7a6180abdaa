using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Filtering;
using Cvmfs.Net.Replication.Journal;
using Cvmfs.Net.Replication.Planning;
using Cvmfs.Net.Replication.Publishing;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Collection;

/// <summary>One collection, from the manifest to the reflog. The caller translates exceptions.</summary>
internal sealed class CollectionRun : IDisposable
{
    /// <summary>The lock that keeps a second collection out from the beginning; snapshots and checks do not look at it.</summary>
    private const string OwnLockName = "collection.lock";

    private static readonly TimeSpan LendInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestLending = TimeSpan.FromSeconds(5); // who waits looks five times a second

    private readonly ReplicaLocation _location;
    private readonly CollectionOptions _options;
    private readonly CollectionServices _services;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FileObjectStore _files;
    private readonly RootFolder _storage;
    private readonly RootFolder _spool;
    private readonly RootFolder _checksumFolder;
    private readonly CollectionCounters _counters;
    private readonly List<CondemnedList> _leftovers = [];
    private GarbageSearch? _search;
    private GarbageRemoval? _removal;
    private ReplicaLock? _locks;
    private DeletionLog? _log;
    private long _lockedSince;
    private HashAlgorithmId _algorithm = HashAlgorithmId.Sha1;

    public CollectionRun(ReplicaLocation location, CollectionOptions options, CollectionServices services, CollectionCounters counters, TimeProvider time, ILogger logger)
    {
        (_location, _options, _services, _counters, _time, _logger) = (location, options, services, counters, time, logger);
        _files = new FileObjectStore(location.StorageFolder);
        _storage = new RootFolder(location.StorageFolder, new RootFolderOptions { Sync = options.Sync });
        _spool = new RootFolder(location.SpoolFolder, new RootFolderOptions { Sync = options.Sync, TemporaryFolder = location.SpoolFolder });
        _checksumFolder = new RootFolder(location.ReflogChecksumFolder, new RootFolderOptions { Sync = options.Sync, TemporaryFolder = location.ReflogChecksumFolder });
    }

    private string UpdatingLock => Path.Combine(_location.SpoolFolder, ReplicaLock.FileName);

    /// <summary>Runs to the end.</summary>
    /// <returns>One sentence.</returns>
    /// <exception cref="CollectionRefusedException">It ended in another way.</exception>
    /// <exception cref="IOException">The storage fails.</exception>
    public async Task<string> ExecuteAsync(CancellationToken cancellationToken)
    {
        var manifest = await ServedState.ReadManifestAsync(_storage, _files, _services.Keys, _time, cancellationToken).ConfigureAwait(false);
        if (manifest is null) throw new CollectionRefusedException(CollectionOutcome.NothingServed, "nothing is served here.");
        (_counters.Repository, _counters.Revision, _algorithm) = (manifest.RepositoryName, manifest.Revision, manifest.RootCatalog.Algorithm);
        RefuseLinkedData();
        if (_options.DryRun) return await FindAsync(manifest, cancellationToken).ConfigureAwait(false);

        Directory.CreateDirectory(_location.SpoolFolder);
        using var alone = await ReplicaLock.TakeAsync(Path.Combine(_location.SpoolFolder, OwnLockName), TimeSpan.Zero, _time, cancellationToken).ConfigureAwait(false)
            ?? throw Locked(OwnLockName);
        return await FindAsync(manifest, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ReleaseLocks();
        _log?.Dispose();
        _search?.Dispose();
        foreach (var list in _leftovers) list.Dispose();
    }

    private async Task<string> FindAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        var repository = RepositoryName.Parse(manifest.RepositoryName);
        var log = await ReadLogAsync(repository, cancellationToken).ConfigureAwait(false);
        var state = await ServedState.ReadAsync(manifest, log, _files, cancellationToken).ConfigureAwait(false);
        if (_options.DeletionLogFile is { } file) _log = DeletionLog.Begin(Path.GetFullPath(file), _time.GetUtcNow());
        OpenLeftovers();

        _counters.Begin(CollectionPhase.Marking, _time);
        _search = new GarbageSearch(_location, _options, await ReadFilterAsync(cancellationToken).ConfigureAwait(false), _time.GetUtcNow(), _logger);
        _counters.Watch(_search);
        await _search.MarkAsync(state, _leftovers, cancellationToken).ConfigureAwait(false);
        _counters.Begin(CollectionPhase.Condemning, _time);
        var catalogs = _search.CondemnedCatalogs();
        var condemned = catalogs.Select(key => new CondemnedObject(References.ObjectRecord.Of(key), _search.IsUnreferenced(key)))
            .Concat(_search.CondemnedObjects(cancellationToken)).Select(_counters.Condemn);
        _counters.RootsCondemned = state.LoggedRoots.LongCount(IsCondemned);
        _counters.CatalogsCondemned = catalogs.Count;
        if (_options.DryRun) return Pretend(condemned, cancellationToken);

        using var list = CondemnedList.Write(_location.SpoolFolder, catalogs.Count, condemned, _options.Sync);
        try
        {
            Step("list");
            if (list.Count > 0 || _leftovers.Count > 0) await RemoveAsync(list, state, repository, cancellationToken).ConfigureAwait(false);
            list.Discard();
        }
        catch when (_removal is null)
        {
            list.Discard(); // nothing was begun: the next run makes its own
            throw;
        }

        _counters.Begin(CollectionPhase.Publishing, _time);
        _counters.Expired = QuarantineFolder.RemoveExpired(_files, _time.GetUtcNow());
        _search.Lists.RemoveUnless(IsListWanted, _time.GetUtcNow(), cancellationToken);
        Step("status");
        await new ReplicaStatusFile(_location, _logger, _time).SetLastCollectionAsync(_time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        _log?.Finish(_time.GetUtcNow());
        return FormattableString.Invariant($"{_removal?.Removed ?? 0} objects were removed, {_removal?.Bytes ?? 0} bytes; {_search.RevisionsKept} revisions and {_search.TagsKept} tags are kept.");
    }

    private string Pretend(IEnumerable<CondemnedObject> condemned, CancellationToken cancellationToken)
    {
        foreach (var found in condemned)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_options.CountBytes && new FileInfo(_files.PathOf(found.Record.ToKey())) is { Exists: true } file) _counters.AddBytes(file.Length, found.IsUnreferenced);
            Heard(found);
        }

        _log?.Finish(_time.GetUtcNow());
        return FormattableString.Invariant($"{_counters.ObjectsCondemned} objects would be removed, {_counters.BytesCondemned} bytes; {_search!.RevisionsKept} revisions and {_search.TagsKept} tags would be kept.");
    }

    private async Task RemoveAsync(CondemnedList list, ServedState marked, RepositoryName repository, CancellationToken cancellationToken)
    {
        var (state, more) = await LockAsync(repository, _options.LockPatience, cancellationToken).ConfigureAwait(false);
        string? aside = _options.QuarantineFor is { } days ? QuarantineFolder.NameOf(_time.GetUtcNow(), days) : null;
        _removal = new GarbageRemoval(_files, _options, aside, _logger) { OnRemoved = Heard, Step = _services.Step };
        _counters.Watch(_removal);
        _removal.Keep(more);
        foreach (var left in _leftovers) left.Discard(); // all that is in them is in the new list, or wanted again
        _leftovers.Clear();
        _counters.Begin(CollectionPhase.Removing, _time);
        if (!_removal.RemoveCatalogs(list, RemoveCatalog, cancellationToken)) throw Incomplete();

        for (long at = list.Catalogs; at < list.Count; at += _options.BatchObjects)
        {
            await _removal.RemoveObjectsAsync([.. list.Read(at, Math.Min(list.Count, at + _options.BatchObjects))], cancellationToken).ConfigureAwait(false);
            _log?.Flush();
            if (at + _options.BatchObjects >= list.Count || !LockQueue.IsAwaited(UpdatingLock)) continue;
            (state, more) = await LendAsync(repository, cancellationToken).ConfigureAwait(false);
            _removal.Keep(more);
        }

        if (_removal.Failures > 0) throw Incomplete();
        if (_options.Sync) _files.Flush();
        foreach (var gone in _storage.Alternatives().Where(key => !File.Exists(_files.PathOf(key))).ToList())
        {
            await _storage.DeleteAsync(ObjectPath.AlternativeOf(gone), cancellationToken).ConfigureAwait(false); // the other name of what went
        }

        Step("reflog");
        await StrikeOutAsync(marked, state, repository, cancellationToken).ConfigureAwait(false);
        ReleaseLocks();

        bool RemoveCatalog(ObjectKey key)
        {
            if (!IsCondemned(key.Hash)) return false;
            _search!.Marker.Removed(key);
            return true;
        }
    }

    /// <summary>Takes both locks and looks at what changed while they were not held.</summary>
    private async Task<(ServedState State, References.SortedObjects? More)> LockAsync(RepositoryName repository, TimeSpan patience, CancellationToken cancellationToken)
    {
        _counters.Begin(CollectionPhase.Locking, _time);
        long asked = _time.GetTimestamp();
        _locks = await ReplicaLock.TakeBothAsync(_location.SpoolFolder, patience, _time, cancellationToken).ConfigureAwait(false);
        _counters.LockWait += _time.GetElapsedTime(asked);
        if (_locks is null) throw Locked(ReplicaLock.FileName);
        _lockedSince = _time.GetTimestamp();
        Step("locked");

        var manifest = await ServedState.ReadManifestAsync(_storage, _files, _services.Keys, _time, cancellationToken).ConfigureAwait(false)
            ?? throw new CollectionRefusedException(CollectionOutcome.NothingServed, "the manifest went away meanwhile.");
        using var log = await OpenLogAsync(repository, cancellationToken).ConfigureAwait(false);
        var state = await ServedState.ReadAsync(manifest, log.List(), _files, cancellationToken).ConfigureAwait(false);
        var more = await _search!.LookAgainAsync(state, cancellationToken).ConfigureAwait(false);
        // What a snapshot that was cut off has noted to be stored may be garbage by now: it looks again.
        await _spool.DeleteAsync(JournalFile.FileName, cancellationToken).ConfigureAwait(false);
        _counters.Begin(CollectionPhase.Removing, _time);
        return (state, more);
    }

    private async Task<(ServedState State, References.SortedObjects? More)> LendAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        _logger.LocksLent(_counters.Repository);
        _counters.LocksLent++;
        ReleaseLocks();
        Step("lent");
        long lent = _time.GetTimestamp();
        while (LockQueue.IsAwaited(UpdatingLock) && _time.GetElapsedTime(lent) < LongestLending) await Task.Delay(LendInterval, _time, cancellationToken).ConfigureAwait(false);
        return await LockAsync(repository, _options.LentLockPatience, cancellationToken).ConfigureAwait(false);
    }

    private async Task StrikeOutAsync(ServedState marked, ServedState now, RepositoryName repository, CancellationToken cancellationToken)
    {
        var named = now.Named.ToHashSet();
        ContentHash[] gone = [.. marked.LoggedRoots.Where(root => FateOf(root) == CatalogFate.Removed), .. _search!.Auxiliary.Where(key => !named.Contains(key)).Select(static key => key.Hash)];
        using var log = await OpenLogAsync(repository, cancellationToken).ConfigureAwait(false);
        if (log.RemoveAll(gone) > 0) await log.SaveAsync(_algorithm, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the log without a lock; makes it anew where it is lost.</summary>
    private async Task<IReadOnlyList<Reflogs.ReflogEntry>> ReadLogAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        string reason = "there is none.";
        try
        {
            var peeked = await ReplicaReflog.PeekAsync(_storage, _checksumFolder, repository, cancellationToken).ConfigureAwait(false);
            if (peeked is { IsVouchedFor: true } log) return log.Entries;
            if (peeked is not null) reason = $"it does not belong to its checksum {ReplicaReflog.ChecksumName}.";
        }
        catch (CvmfsFormatException e)
        {
            reason = e.Message;
        }

        if (_options.DryRun || !_options.RebuildReflog) throw new CollectionRefusedException(CollectionOutcome.ReflogMissing, $"the reflog cannot be used: {reason}");
        _locks = await ReplicaLock.TakeBothAsync(_location.SpoolFolder, _options.LockPatience, _time, cancellationToken).ConfigureAwait(false) ?? throw Locked(ReplicaLock.FileName);
        _lockedSince = _time.GetTimestamp();
        using var opened = await OpenLogAsync(repository, cancellationToken).ConfigureAwait(false);
        var entries = opened.List();
        ReleaseLocks();
        return entries;
    }

    /// <summary>Opens the log with the locks held; makes it anew where it is lost.</summary>
    private async Task<ReplicaReflog> OpenLogAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        string reason;
        try
        {
            var log = await ReplicaReflog.OpenAsync(_storage, _checksumFolder, repository, isInitial: false, cancellationToken).ConfigureAwait(false);
            if (!log.IsNew) return log;
            log.Dispose();
            reason = "there is none.";
        }
        catch (CvmfsFormatException e) when (_options.RebuildReflog)
        {
            reason = e.Message;
        }
        catch (CvmfsFormatException e)
        {
            throw new CollectionRefusedException(CollectionOutcome.ReflogMissing, $"the reflog cannot be used: {e.Message}", e);
        }

        if (!_options.RebuildReflog) throw new CollectionRefusedException(CollectionOutcome.ReflogMissing, $"the reflog cannot be used: {reason}");
        _logger.ReflogRebuilt(_counters.Repository, reason);
        _counters.ReflogRebuilt = true;
        var opener = new CatalogOpener(Path.Combine(_location.StorageFolder, ObjectPath.TransactionFolder), 4L << 30);
        var rebuilt = await ReplicaReflog.RebuildAsync(_storage, _checksumFolder, repository, new ReflogReconstruction(_files, opener, _logger), cancellationToken).ConfigureAwait(false);
        await rebuilt.SaveAsync(_algorithm, cancellationToken).ConfigureAwait(false);
        return rebuilt;
    }

    private void OpenLeftovers()
    {
        foreach (string path in CondemnedList.Find(_location.SpoolFolder))
        {
            if (CondemnedList.Open(path, out string reason) is { } list)
            {
                _leftovers.Add(list);
                _counters.Resumed = true;
                _logger.CollectionResumed(_counters.Repository, list.Count);
            }
            else
            {
                _logger.CondemnedListDamaged(_location.SpoolFolder, reason); // never followed: nothing was removed before a list was whole
                if (!_options.DryRun) File.Delete(path);
            }
        }
    }

    private async Task<PathFilter?> ReadFilterAsync(CancellationToken cancellationToken)
    {
        try
        {
            byte[]? text = await _storage.ReadAsync(FilterRecord.MarkerName, PathFilter.MaxBytes, cancellationToken).ConfigureAwait(false);
            return text is null ? null : PathFilter.Parse(text, FilterRecord.MarkerName);
        }
        catch (Exception e) when (e is PathFilterException or CvmfsFormatException)
        {
            throw new CollectionRefusedException(CollectionOutcome.CatalogUnreadable, $"which catalogs this partial replica has cannot be known: {e.Message}", e);
        }
    }

    private void RefuseLinkedData()
    {
        string data = Path.Combine(_location.StorageFolder, ObjectPath.DataFolder);
        if (_options.AllowLinkedData || new DirectoryInfo(data).LinkTarget is not { } target) return;
        throw new CollectionRefusedException(CollectionOutcome.SharedStorage, $"{data} is a link to {target}: another replica may have the same objects, and need them.");
    }

    private void Heard(CondemnedObject removed)
    {
        var key = removed.Record.ToKey();
        _log?.Add(key);
        _services.Removed?.Invoke(key);
    }

    private bool IsListWanted(ObjectKey catalog) => FateOf(catalog.Hash) switch
    {
        CatalogFate.Kept or CatalogFate.Pinned => true,
        null => File.Exists(_files.PathOf(catalog)), // a check may have looked at it
        _ => false,
    };

    private bool IsCondemned(ContentHash root) => FateOf(root) == CatalogFate.Condemned;

    private CatalogFate? FateOf(ContentHash root) => _search!.Marker.FateOf(new ObjectKey(root, ObjectSuffix.Catalog));

    private void ReleaseLocks()
    {
        if (_locks is null) return;
        _counters.Locked += _time.GetElapsedTime(_lockedSince);
        _locks.Dispose();
        _locks = null;
    }

    private CollectionRefusedException Incomplete() => new(
        CollectionOutcome.Incomplete, $"{_removal!.Failures} objects could not be removed; the reflog stays as it is, and the next run goes on.");

    private CollectionRefusedException Locked(string lockName)
    {
        string file = Path.Combine(_location.SpoolFolder, lockName);
        string holder = ReplicaLock.DescribeHolder(file);
        return new CollectionRefusedException(CollectionOutcome.Locked, $"{file} or {ReplicaLock.CollectingFileName} is held by another run{(holder.Length > 0 ? $" (last: {holder})" : "")}.");
    }

    private void Step(string name) => _services.Step?.Invoke(name);
}
