namespace Cvmfs.Net.Replication.Collection;

/// <summary>How a garbage collection ended. Cancellation is no outcome: it surfaces as <see cref="OperationCanceledException"/>.</summary>
public enum CollectionOutcome
{
    /// <summary>All garbage is gone, or there was none; in a dry run, it was found.</summary>
    Collected,

    /// <summary>There is no manifest, so the replica is empty: nothing to do.</summary>
    NothingServed,

    /// <summary>A snapshot, a check or another collection holds a lock of the replica. Where some objects were removed already, the next run goes on.</summary>
    Locked,

    /// <summary>The manifest does not allow garbage collection. Nothing was removed.</summary>
    NotCollectable,

    /// <summary>Not a single catalog would be kept. Nothing was removed.</summary>
    NothingKept,

    /// <summary>A catalog that has to be kept is missing or cannot be read: what is below it is not known. Nothing was removed.</summary>
    CatalogUnreadable,

    /// <summary>The reflog is missing or does not hold, and must not or cannot be made anew. Nothing was removed.</summary>
    ReflogMissing,

    /// <summary>The served manifest, or what vouches for it, cannot be believed or read. Nothing was removed.</summary>
    Untrusted,

    /// <summary>The replica's <c>data</c> folder is a link, so that others may have the same. Nothing was removed.</summary>
    SharedStorage,

    /// <summary>Some objects could not be removed. The reflog is as it was, and the next run goes on.</summary>
    Incomplete,

    /// <summary>The disk is full.</summary>
    StorageFull,

    /// <summary>The storage failed to read or write. What was begun, the next run goes on with.</summary>
    StorageFailed,
}
