using System.Collections.Concurrent;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Replication.Diagnostics;

/// <summary>What a run has done so far. Written by all workers.</summary>
internal sealed class SnapshotCounters
{
    private readonly Lock _gate = new();
    private readonly List<TransferFailure> _failures = [];
    private long _catalogsFetched;
    private long _catalogsKnown;
    private long _catalogsCommitted;
    private long _objectsFetched;
    private long _objectsKnown;
    private long _bytesFetched;
    private readonly Dictionary<TransferFailureReason, long> _failuresByReason = [];
    private long _failureCount;
    private long _revisionsCollected;
    private long _revisionsPruned;
    private long _missing;
    private long _catalogsFilteredOut;
    private long _referencesKnown;
    private long _referencesListed;
    private long _referencesSame;

    public long CatalogsFetched => Interlocked.Read(ref _catalogsFetched);

    public long CatalogsKnown => Interlocked.Read(ref _catalogsKnown);

    public long CatalogsCommitted => Interlocked.Read(ref _catalogsCommitted);

    public long ObjectsFetched => Interlocked.Read(ref _objectsFetched);

    public long ObjectsKnown => Interlocked.Read(ref _objectsKnown);

    public long BytesFetched => Interlocked.Read(ref _bytesFetched);

    public long FailureCount => Interlocked.Read(ref _failureCount);

    public long RevisionsCollected => Interlocked.Read(ref _revisionsCollected);

    public long RevisionsPruned => Interlocked.Read(ref _revisionsPruned);

    /// <summary>References of opened catalogs: what they claim while they are listed, what was found afterwards.</summary>
    public long ReferencesKnown => Interlocked.Read(ref _referencesKnown);

    /// <summary>References read from catalogs.</summary>
    public long ReferencesListed => Interlocked.Read(ref _referencesListed);

    /// <summary>The slowest transfers.</summary>
    public SlowestTransfers Slowest { get; } = new();

    /// <summary>Failures because the upstream has no such object: a sign that it has moved on.</summary>
    public long MissingCount => Interlocked.Read(ref _missing);

    /// <summary>Root catalogs that the store now has, for the reflog: one per revision and tag.</summary>
    public ConcurrentQueue<ContentHash> Roots { get; } = new();

    /// <summary>Databases of tags that the run stored, for the reflog.</summary>
    public ConcurrentQueue<ContentHash> TagDatabases { get; } = new();

    public IReadOnlyList<TransferFailure> Failures
    {
        get { lock (_gate) return [.. _failures]; }
    }

    public IReadOnlyDictionary<TransferFailureReason, long> FailuresByReason
    {
        get { lock (_gate) return new Dictionary<TransferFailureReason, long>(_failuresByReason); }
    }

    public void CatalogFetched(long bytes)
    {
        Interlocked.Increment(ref _catalogsFetched);
        Interlocked.Add(ref _bytesFetched, bytes);
    }

    public void ReferencesExpected(long count) => Interlocked.Add(ref _referencesKnown, count);

    /// <summary>References that were passed over because a stored revision has the same.</summary>
    public long ReferencesSame => Interlocked.Read(ref _referencesSame);

    public void ReferencesUnchanged(long count)
    {
        if (count > 0) Interlocked.Add(ref _referencesSame, count);
    }

    public void ReferencesRead(long count) => Interlocked.Add(ref _referencesListed, count);

    public long CatalogsFilteredOut => Interlocked.Read(ref _catalogsFilteredOut);

    public void CatalogFilteredOut() => Interlocked.Increment(ref _catalogsFilteredOut);

    public void CatalogKnown() => Interlocked.Increment(ref _catalogsKnown);

    public void CatalogCommitted() => Interlocked.Increment(ref _catalogsCommitted);

    public void ObjectFetched(long bytes)
    {
        Interlocked.Increment(ref _objectsFetched);
        Interlocked.Add(ref _bytesFetched, bytes);
    }

    public void ObjectsFoundPresent(long count) => Interlocked.Add(ref _objectsKnown, count);

    public void RevisionCollected() => Interlocked.Increment(ref _revisionsCollected);

    public void RevisionPruned() => Interlocked.Increment(ref _revisionsPruned);

    public void Failed(TransferFailure failure)
    {
        Interlocked.Increment(ref _failureCount);
        if (failure.Reason == TransferFailureReason.Missing) Interlocked.Increment(ref _missing);
        lock (_gate)
        {
            _failuresByReason[failure.Reason] = _failuresByReason.GetValueOrDefault(failure.Reason) + 1;
            if (_failures.Count < SnapshotReport.MaxListedFailures) _failures.Add(failure);
        }
    }

    /// <summary>A report with the counts filled in.</summary>
    public SnapshotReport AddTo(SnapshotReport report) => report with
    {
        RevisionsStored = Roots.Count,
        CatalogsFetched = CatalogsFetched,
        CatalogsKnown = CatalogsKnown,
        CatalogsFilteredOut = CatalogsFilteredOut,
        RevisionsCollected = RevisionsCollected,
        RevisionsPruned = RevisionsPruned,
        ObjectsFetched = ObjectsFetched,
        ObjectsKnown = ObjectsKnown,
        ObjectsUnchanged = ReferencesSame,
        BytesFetched = BytesFetched,
        FailureCount = FailureCount,
        FailuresByReason = FailuresByReason,
        Failures = Failures,
    };

    /// <summary>Where a run stands.</summary>
    /// <param name="phase">What it is at.</param>
    /// <param name="revision">What it is after.</param>
    /// <param name="waitingCatalogs">Catalogs that wait to be loaded.</param>
    /// <param name="waitingObjects">Objects that wait to be transferred: listed, and not done.</param>
    /// <param name="elapsed">Time since it began.</param>
    public SnapshotProgress Progress(SnapshotPhase phase, ulong revision, long waitingCatalogs, long waitingObjects, TimeSpan elapsed) => new(
        phase,
        revision,
        CatalogsFetched,
        CatalogsCommitted,
        waitingCatalogs,
        ObjectsFetched,
        ObjectsKnown,
        waitingObjects,
        ReferencesKnown,
        ReferencesListed - waitingObjects,
        BytesFetched,
        FailureCount,
        elapsed);

    /// <summary>Forgets the failures of an attempt that another one follows; all that was stored stays counted.</summary>
    public void ForgetFailures()
    {
        lock (_gate)
        {
            _failures.Clear();
            _failuresByReason.Clear();
            Interlocked.Exchange(ref _failureCount, 0);
            Interlocked.Exchange(ref _missing, 0);
        }
    }
}
