namespace Cvmfs.Net.Replication.Collection;

/// <summary>What a garbage collection keeps, and how it goes about the rest.</summary>
public sealed record CollectionOptions
{
    /// <summary>What is kept where neither <see cref="KeepRevisions"/> nor <see cref="KeepNewerThan"/> is given: the reference's 3 days.</summary>
    public static readonly TimeSpan DefaultHistory = TimeSpan.FromDays(3);

    /// <summary>Least <see cref="MemoryBytes"/>.</summary>
    public const long LeastMemoryBytes = 8 << 20;

    /// <summary>Revisions before HEAD that are kept; 0 for HEAD alone. Null for no bound of that kind. With <see cref="KeepNewerThan"/> as well, whichever ends
    /// the history first.</summary>
    public int? KeepRevisions { get; init; }

    /// <summary>How far back revisions are kept, by the time at which they came here, and one more: the one that was served at that instant. Null for no bound
    /// of that kind. With neither: <see cref="DefaultHistory"/> before now.</summary>
    public DateTimeOffset? KeepNewerThan { get; init; }

    /// <summary>Whether to find out and to report only: nothing on the disk changes.</summary>
    public bool DryRun { get; init; }

    /// <summary>A file to which every deleted object is appended, in the reference's form; null for none. A dry run writes the same lines.</summary>
    public string? DeletionLogFile { get; init; }

    /// <summary>Whether to look through the storage for objects that no root that was ever logged leads to, and to remove those as well.</summary>
    public bool Unreferenced { get; init; }

    /// <summary>Age from which <see cref="Unreferenced"/> objects are garbage. Younger ones may belong to a revision on its way here. Default 24 hours.</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long garbage is kept aside, restorable, before it is really removed; null to remove it at once.</summary>
    public TimeSpan? QuarantineFor { get; init; }

    /// <summary>Memory for sorting, in bytes; what does not fit goes through files in the spool folder. Default 256 MiB, at least <see cref="LeastMemoryBytes"/>. Beside it
    /// each catalog of the kept revisions costs some 100 bytes.</summary>
    public long MemoryBytes { get; init; } = 256 << 20;

    /// <summary>Most bytes of the lists in the spool folder that say what catalogs refer to, so that no catalog is read twice. Default 1 GiB; 24 bytes an object of every
    /// catalog. 0 for none; those that are there are used all the same.</summary>
    public long ReferenceListBytes { get; init; } = 1L << 30;

    /// <summary>How long to wait for a snapshot that is under way, once all that can be done beside it is done. Default zero: not at all.</summary>
    public TimeSpan LockPatience { get; init; }

    /// <summary>How long to wait for the locks once they were lent to a snapshot that waited. Default an hour; then the next run goes on with what is left.</summary>
    public TimeSpan LentLockPatience { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Objects removed between two looks for a snapshot that waits. Default 65,536.</summary>
    public int BatchObjects { get; init; } = 65_536;

    /// <summary>Whether to look at the size of every object that is removed. Default true; without it no bytes are reported.</summary>
    public bool CountBytes { get; init; } = true;

    /// <summary>Whether a lost reflog may be made anew from the store. Never done in a dry run. Default true.</summary>
    public bool RebuildReflog { get; init; } = true;

    /// <summary>Whether to wait for the disk between the steps that a power loss must not mix up. Default true.</summary>
    public bool Sync { get; init; } = true;

    /// <summary>Whether the replica's <c>data</c> folder may be a link. Objects that another replica with the same store needs would be removed, so it must be this one's alone.
    /// Default false: such a storage is refused.</summary>
    public bool AllowLinkedData { get; init; }
}
