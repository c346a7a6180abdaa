namespace Cvmfs.Net.Replication;

/// <summary>How a snapshot run ended. Cancellation is no outcome: it surfaces as <see cref="OperationCanceledException"/>.</summary>
public enum SnapshotOutcome
{
    /// <summary>A new revision is complete and served.</summary>
    Updated,

    /// <summary>The upstream has what is served here; at most the whitelist was renewed.</summary>
    Unchanged,

    /// <summary>Another run holds the replica's lock.</summary>
    Locked,

    /// <summary>The upstream cannot be reached, does not answer sensibly, or failed too often in a row.</summary>
    UpstreamUnreachable,

    /// <summary>The upstream does not allow replication: its <c>.cvmfs_master_replica</c> is missing.</summary>
    NotReplicable,

    /// <summary>Manifest, certificate or whitelist cannot be believed.</summary>
    Untrusted,

    /// <summary>The upstream offers an older revision than the one served here.</summary>
    RollbackRefused,

    /// <summary>The replica was made under a path filter and the run has none: it would silently become a whole one.</summary>
    WideningRefused,

    /// <summary>Pass-through replicas hold nothing: there is nothing to do.</summary>
    Skipped,

    /// <summary>Objects or catalogs could not be had. Everything else was stored; the old revision is still served.</summary>
    Incomplete,

    /// <summary>The storage is full, or fuller than the reserve allows. The old revision is still served.</summary>
    StorageFull,

    /// <summary>The storage failed to read or write. The old revision is still served.</summary>
    StorageFailed,

    /// <summary>The replica's reflog and its checksum do not belong together. Nothing was changed.</summary>
    ReflogMismatch,
}
