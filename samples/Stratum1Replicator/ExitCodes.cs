using Cvmfs.Net.Replication;

namespace Stratum1Replicator;

/// <summary>What the program returns; the same numbers as those of the command line tool.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int VerificationFailed = 3;

    public static int Of(SnapshotOutcome outcome) => outcome switch
    {
        SnapshotOutcome.Updated or SnapshotOutcome.Unchanged or SnapshotOutcome.Skipped => Done,
        SnapshotOutcome.Untrusted or SnapshotOutcome.RollbackRefused => VerificationFailed,
        SnapshotOutcome.UpstreamUnreachable or SnapshotOutcome.NotReplicable => 4,
        SnapshotOutcome.Locked => 5,
        SnapshotOutcome.StorageFull or SnapshotOutcome.StorageFailed => 6,
        SnapshotOutcome.Incomplete => 7,
        _ => Failed,
    };
}
