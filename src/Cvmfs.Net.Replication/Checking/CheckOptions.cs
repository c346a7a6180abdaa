using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>What a check looks at. Immutable; the defaults are those of the reference's <c>check</c>, plus existence.</summary>
public sealed record CheckOptions
{
    /// <summary>Workers where nobody says otherwise: one per processor.</summary>
    public static int DefaultWorkers { get; } = Environment.ProcessorCount;

    /// <summary>Keys that may have signed the whitelist. Null: the check ends as <see cref="CheckOutcome.Untrusted"/>, unless <see cref="AllowUnverified"/>.</summary>
    public MasterKeys? Keys { get; init; }

    /// <summary>Whether to go on without keys, believing what the manifest says. Default false.</summary>
    public bool AllowUnverified { get; init; }

    /// <summary>The repository's fully qualified name. Null: whatever the manifest says, for a replica's alias need not be its name.</summary>
    public RepositoryName? Repository { get; init; }

    /// <summary>Check this tag's revision in place of HEAD. Takes no lock, as in the reference.</summary>
    public string? Tag { get; init; }

    /// <summary>Check the revisions of all tags besides HEAD.</summary>
    public bool AllTags { get; init; }

    /// <summary>Check all revisions whose root catalogs are in the reflog and in the storage, and those of all tags, besides HEAD. Only then unreferenced
    /// objects are known.</summary>
    public bool History { get; init; }

    /// <summary>Check from this mountpoint of a nested catalog downwards only.</summary>
    public RepositoryPath? Subtree { get; init; }

    /// <summary>Whether to see that every object that is referred to is there. Default true.</summary>
    public bool Existence { get; init; } = true;

    /// <summary>Whether to hash every object of the storage. Default false.</summary>
    public bool Content { get; init; }

    /// <summary>Whether to look into catalogs that earlier checks have proven. Default false.</summary>
    public bool Full { get; init; }

    /// <summary>Whether to set right a reflog's checksum that is missing, wrong or left over, and to make a lost reflog anew. Default false.</summary>
    public bool RepairReflog { get; init; }

    /// <summary>Replica from whose upstream missing and damaged objects are fetched again; null to repair nothing. The caller disposes it.</summary>
    public Replica? Repair { get; init; }

    /// <summary>Whether to move a damaged object that could not be repaired out of the way, into <c>data/txn/trash/damaged/</c>. Default false:
    /// it stays.</summary>
    public bool Quarantine { get; init; }

    /// <summary>Whether to note time and result in <c>.cvmfs_status.json</c>. Default false; the reference does for <c>check -a</c>.</summary>
    public bool RecordStatus { get; init; }

    /// <summary>How long to wait for a garbage collection that is going on. Default an hour.</summary>
    public TimeSpan LockPatience { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Catalogs and files looked at at once, 1 and more. Default: the processors.</summary>
    public int Workers { get; init; } = DefaultWorkers;

    /// <summary>Bytes for opened catalogs and for sorting references. Default 96 MiB. A single catalog may take more.</summary>
    public long MemoryBytes { get; init; } = 96L << 20;

    /// <summary>Findings kept in the report; more are counted and go to <see cref="CheckServices.OnFinding"/>. Default 1,000.</summary>
    public int MaxFindings { get; init; } = 1000;

    /// <summary>Bytes that may be hashed a second; 0 for no limit.</summary>
    public long BytesPerSecond { get; init; }
}
