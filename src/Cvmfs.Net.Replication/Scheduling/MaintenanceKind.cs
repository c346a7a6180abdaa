namespace Cvmfs.Net.Replication.Scheduling;

/// <summary>Work on a replica besides its snapshots, the more urgent first.</summary>
public enum MaintenanceKind
{
    /// <summary>Garbage collection.</summary>
    Collection,

    /// <summary>A check of everything that the replica promises.</summary>
    Check,

    /// <summary>A slice of the rolling scrub, which reads every stored object again in the course of weeks.</summary>
    Scrub,
}
