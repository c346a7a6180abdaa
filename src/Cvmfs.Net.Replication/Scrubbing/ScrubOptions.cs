namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>How a storage is scrubbed. Immutable.</summary>
public sealed record ScrubOptions
{
    /// <summary>Files hashed at once, 1 and more. Default: the processors.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Bytes that may be hashed a second; 0 for no limit.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>Whether to go on where an earlier scrub of the same <see cref="StateFolder"/> was cut off or ended early, and to leave word for a later one.
    /// Default false: from the beginning, without a trace.</summary>
    public bool Resume { get; init; }

    /// <summary>Folder for the position. Null: the spool folder inside the storage folder, see <see cref="ReplicaLocation.PrivateFolder"/>.</summary>
    public string? StateFolder { get; init; }

    /// <summary>Bytes after which to stop, to be resumed; 0 for no limit. What is begun is finished: one folder of the 256 per worker.</summary>
    public long MaxBytes { get; init; }

    /// <summary>Whether to pause while a snapshot writes into the storage. Default false.</summary>
    public bool YieldToSnapshots { get; init; }

    /// <summary>Replica from whose upstream damaged objects are fetched again; null to repair nothing. The caller disposes it.</summary>
    public Replica? Repair { get; init; }

    /// <summary>Whether to move a damaged object that could not be repaired out of the way, into <c>data/txn/trash/damaged/</c>. Default false: it stays.</summary>
    public bool Quarantine { get; init; }

    /// <summary>How long a repair waits for a snapshot or collection to end. Default a minute.</summary>
    public TimeSpan LockPatience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Alerts kept in the report; more are counted and go to <see cref="ScrubServices.OnAlert"/>. Default 1,000.</summary>
    public int MaxAlerts { get; init; } = 1000;
}
