namespace Cvmfs.Net.Replication.Configuration;

/// <summary>What came of removing a replica.</summary>
public enum ReplicaRemoveOutcome
{
    /// <summary>It is gone.</summary>
    Removed,

    /// <summary>Somebody is at work on it. Nothing was removed.</summary>
    Locked,

    /// <summary>Its folders are not what a replica's are. Nothing was removed.</summary>
    Refused,
}
