namespace Cvmfs.Net.Replication.Collection;

/// <summary>The parts of a garbage collection, in their order.</summary>
public enum CollectionPhase
{
    /// <summary>Finding out what the kept revisions need. Beside snapshots.</summary>
    Marking,

    /// <summary>Finding out what the others have besides. Beside snapshots.</summary>
    Condemning,

    /// <summary>Waiting for the replica's locks, and looking at what changed meanwhile.</summary>
    Locking,

    /// <summary>Removing, with both locks held.</summary>
    Removing,

    /// <summary>Writing reflog and status.</summary>
    Publishing,
}
