using System.Text.Json;
using Cvmfs.Net.Replication.Checking;
using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Replication.Scrubbing;

namespace Cvmfs.Net.Cli.Replicas;

/// <summary>What the endings of checks, scrubs, collections and changes of a host mean to scripts.</summary>
internal static class ReportOutcomes
{
    public static int ExitCodeOf(CheckOutcome outcome) => outcome switch
    {
        CheckOutcome.Clean or CheckOutcome.Repaired => ExitCodes.Done,
        CheckOutcome.Untrusted => ExitCodes.VerificationFailed,
        CheckOutcome.Locked => ExitCodes.Locked,
        CheckOutcome.StorageFailed => ExitCodes.Storage,
        _ => ExitCodes.Failed,
    };

    public static int ExitCodeOf(ScrubOutcome outcome) => outcome switch
    {
        ScrubOutcome.Clean or ScrubOutcome.Repaired => ExitCodes.Done,
        ScrubOutcome.StorageFailed => ExitCodes.Storage,
        _ => ExitCodes.Failed,
    };

    public static int ExitCodeOf(CollectionOutcome outcome) => outcome switch
    {
        CollectionOutcome.Collected or CollectionOutcome.NothingServed => ExitCodes.Done,
        CollectionOutcome.Untrusted => ExitCodes.VerificationFailed,
        CollectionOutcome.Locked => ExitCodes.Locked,
        CollectionOutcome.StorageFull or CollectionOutcome.StorageFailed => ExitCodes.Storage,
        CollectionOutcome.Incomplete or CollectionOutcome.CatalogUnreadable => ExitCodes.Incomplete,
        _ => ExitCodes.Failed,
    };

    public static int ExitCodeOf(ReplicaAddOutcome outcome) => outcome switch
    {
        ReplicaAddOutcome.Added or ReplicaAddOutcome.Unchanged or ReplicaAddOutcome.Updated => ExitCodes.Done,
        _ => ExitCodes.Failed,
    };

    public static int ExitCodeOf(ReplicaRemoveOutcome outcome) => outcome switch
    {
        ReplicaRemoveOutcome.Removed => ExitCodes.Done,
        ReplicaRemoveOutcome.Locked => ExitCodes.Locked,
        _ => ExitCodes.Failed,
    };

    public static string Name<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
