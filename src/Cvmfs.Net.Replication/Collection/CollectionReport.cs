namespace Cvmfs.Net.Replication.Collection;

/// <summary>What a garbage collection did; in a dry run, what it would have done.</summary>
public sealed record CollectionReport
{
    /// <summary>How it ended.</summary>
    public required CollectionOutcome Outcome { get; init; }

    /// <summary>Fully qualified name of the repository; the alias where that is not known.</summary>
    public required string Repository { get; init; }

    /// <summary>One sentence for people: what changed, or why it did not succeed.</summary>
    public required string Message { get; init; }

    /// <summary>What a run that did not succeed ran into; null where the message says it all.</summary>
    public Exception? Cause { get; init; }

    /// <summary>Whether nothing was to be changed.</summary>
    public bool DryRun { get; init; }

    /// <summary>When it began, UTC.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Time from beginning to end.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Of <see cref="Duration"/>, finding out what is kept and what is not, beside snapshots.</summary>
    public TimeSpan MarkDuration { get; init; }

    /// <summary>Of <see cref="Duration"/>, waiting for locks.</summary>
    public TimeSpan LockWaitDuration { get; init; }

    /// <summary>Of <see cref="Duration"/>, holding both locks, so that no snapshot could run.</summary>
    public TimeSpan LockedDuration { get; init; }

    /// <summary>Revision served; null if that is not known.</summary>
    public ulong? Revision { get; init; }

    /// <summary>Revisions kept for being HEAD or not old enough.</summary>
    public long RevisionsKept { get; init; }

    /// <summary>Root catalogs kept for being tagged, beyond those.</summary>
    public long TagsKept { get; init; }

    /// <summary>Catalogs kept.</summary>
    public long CatalogsKept { get; init; }

    /// <summary>Tagged or earlier root catalogs that are not here; what they need is not kept.</summary>
    public long RootsMissing { get; init; }

    /// <summary>Catalogs that no root leads to and that are kept with all that they need, for a revision on its way here.</summary>
    public long CatalogsPinned { get; init; }

    /// <summary>References of all catalogs that were looked at, repeats included.</summary>
    public long ReferencesRead { get; init; }

    /// <summary>Catalogs whose references were known from an earlier run.</summary>
    public long CatalogsRemembered { get; init; }

    /// <summary>Root catalogs that are garbage.</summary>
    public long RootsCondemned { get; init; }

    /// <summary>Catalogs that are garbage, root catalogs among them.</summary>
    public long CatalogsCondemned { get; init; }

    /// <summary>All objects that are garbage, catalogs and certificates and the like among them. Some of them may not have been there.</summary>
    public long ObjectsCondemned { get; init; }

    /// <summary>Of those, objects that no logged root led to: they were found in the storage.</summary>
    public long ObjectsUnreferenced { get; init; }

    /// <summary>Objects found in the storage that nothing leads to and that are too young to be removed. Only looked for where asked to.</summary>
    public long ObjectsSpared { get; init; }

    /// <summary>Certificates, tag databases and meta information that are garbage.</summary>
    public long AuxiliaryCondemned { get; init; }

    /// <summary>Objects that were removed or moved aside.</summary>
    public long ObjectsRemoved { get; init; }

    /// <summary>Stored bytes of condemned objects that were there; 0 where they are not to be counted.</summary>
    public long BytesCondemned { get; init; }

    /// <summary>Of those, bytes of <see cref="ObjectsUnreferenced"/>.</summary>
    public long BytesUnreferenced { get; init; }

    /// <summary>Objects that could not be removed.</summary>
    public long Failures { get; init; }

    /// <summary>Objects that had been moved aside and were removed for good.</summary>
    public long ObjectsExpired { get; init; }

    /// <summary>Whether an earlier run that was cut off had left a list, which this one went through as well.</summary>
    public bool Resumed { get; init; }

    /// <summary>Whether the reflog was made anew from the store.</summary>
    public bool ReflogRebuilt { get; init; }

    /// <summary>How often the locks were handed over to a snapshot that waited.</summary>
    public int LocksLent { get; init; }

    /// <summary>Bytes of sorted records that did not fit into memory.</summary>
    public long BytesSpilled { get; init; }

    /// <summary>Whether there is no garbage left that was to be removed, or none was to be looked for.</summary>
    public bool Succeeded => Outcome is CollectionOutcome.Collected or CollectionOutcome.NothingServed;
}
