namespace Cvmfs.Net.Replication.Scheduling;

/// <summary>Which replicas a round takes and what it writes. The defaults are the reference's.</summary>
public sealed record SnapshotRoundOptions
{
    /// <summary>The group to take; null for the replicas that have none.</summary>
    public string? Group { get; init; }

    /// <summary>Whether to pass over replicas that have no snapshot yet.</summary>
    public bool InitializedOnly { get; init; }

    /// <summary>Folder for <c>snapshots.log</c>; null for no logs.</summary>
    public string? LogFolder { get; init; } = "/var/log/cvmfs";

    /// <summary>Whether each replica has a log of its own there, <c>&lt;alias&gt;.log</c>.</summary>
    public bool SeparateLogs { get; init; }

    /// <summary>Folder whose locks bound the rounds that go on at once on this host, those of the reference's tools included; null for no bound.</summary>
    public string? SlotFolder { get; init; } = "/dev/shm/cvmfs_snapshot_all";

    /// <summary>Services for the replicas; null for the defaults.</summary>
    public ReplicaServices? Services { get; init; }
}
