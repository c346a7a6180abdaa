namespace Cvmfs.Net.Replication.Collection;

/// <summary>What is counted in a run. Progress is read from any thread.</summary>
internal sealed class CollectionCounters
{
    private readonly long[] _began = new long[Enum.GetValues<CollectionPhase>().Length];
    private volatile CollectionPhase _phase;
    private GarbageSearch? _search;
    private GarbageRemoval? _removal;
    private long _condemned;
    private long _unreferenced;
    private long _bytes;
    private long _bytesUnreferenced;
    private int _lent;

    public string Repository { get; set; } = "";

    public ulong? Revision { get; set; }

    public long RootsCondemned { get; set; }

    public long CatalogsCondemned { get; set; }

    public long Expired { get; set; }

    public bool Resumed { get; set; }

    public bool ReflogRebuilt { get; set; }

    public TimeSpan LockWait { get; set; }

    public TimeSpan Locked { get; set; }

    public int LocksLent
    {
        get => _lent;
        set => _lent = value;
    }

    public long ObjectsCondemned => Interlocked.Read(ref _condemned);

    public long BytesCondemned => Interlocked.Read(ref _bytes);

    /// <summary>Takes note of the phase that begins.</summary>
    public void Begin(CollectionPhase phase, TimeProvider time)
    {
        _phase = phase;
        if (_began[(int)phase] == 0) _began[(int)phase] = time.GetTimestamp();
    }

    /// <summary>Counts an object that is garbage.</summary>
    public CondemnedObject Condemn(CondemnedObject found)
    {
        Interlocked.Increment(ref _condemned);
        if (found.IsUnreferenced) Interlocked.Increment(ref _unreferenced);
        return found;
    }

    /// <summary>Counts the bytes of an object that would be removed.</summary>
    public void AddBytes(long bytes, bool isUnreferenced)
    {
        Interlocked.Add(ref _bytes, bytes);
        if (isUnreferenced) Interlocked.Add(ref _bytesUnreferenced, bytes);
    }

    public void Watch(GarbageSearch search) => Volatile.Write(ref _search, search);

    public void Watch(GarbageRemoval removal) => Volatile.Write(ref _removal, removal);

    /// <summary>Where the run stands.</summary>
    public CollectionProgress Progress(TimeSpan elapsed)
    {
        var search = Volatile.Read(ref _search);
        return new CollectionProgress(
            _phase, search?.Marker.Count ?? 0, search?.Marker.References ?? 0, search?.ObjectsListed ?? 0, ObjectsCondemned, Volatile.Read(ref _removal)?.Removed ?? 0, elapsed);
    }

    /// <summary>Sums the run up.</summary>
    public CollectionReport AddTo(CollectionReport report, TimeProvider time)
    {
        long marking = _began[(int)CollectionPhase.Marking];
        long locking = _began[(int)CollectionPhase.Locking];
        var search = _search;
        var removal = _removal;
        return report with
        {
            Revision = Revision,
            MarkDuration = marking == 0 ? default : time.GetElapsedTime(marking, locking == 0 ? time.GetTimestamp() : locking),
            LockWaitDuration = LockWait,
            LockedDuration = Locked,
            RevisionsKept = search?.RevisionsKept ?? 0,
            TagsKept = search?.TagsKept ?? 0,
            RootsMissing = search?.RootsMissing ?? 0,
            CatalogsKept = search?.Marker.CountOf(CatalogFate.Kept) ?? 0,
            CatalogsPinned = search?.Marker.CountOf(CatalogFate.Pinned) ?? 0,
            ReferencesRead = search?.Marker.References ?? 0,
            CatalogsRemembered = search?.Reader.CatalogsRemembered ?? 0,
            RootsCondemned = RootsCondemned,
            CatalogsCondemned = CatalogsCondemned,
            ObjectsCondemned = ObjectsCondemned,
            ObjectsUnreferenced = Interlocked.Read(ref _unreferenced),
            ObjectsSpared = search?.Spared ?? 0,
            AuxiliaryCondemned = search?.Auxiliary.Count ?? 0,
            ObjectsRemoved = removal?.Removed ?? 0,
            BytesCondemned = BytesCondemned + (removal?.Bytes ?? 0),
            BytesUnreferenced = Interlocked.Read(ref _bytesUnreferenced) + (removal?.BytesUnreferenced ?? 0),
            Failures = removal?.Failures ?? 0,
            ObjectsExpired = Expired,
            Resumed = Resumed,
            ReflogRebuilt = ReflogRebuilt,
            LocksLent = LocksLent,
            BytesSpilled = search?.BytesSpilled ?? 0,
        };
    }
}
