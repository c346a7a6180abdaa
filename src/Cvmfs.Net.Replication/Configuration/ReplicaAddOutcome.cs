namespace Cvmfs.Net.Replication.Configuration;

/// <summary>What came of adding a replica.</summary>
public enum ReplicaAddOutcome
{
    /// <summary>It is there now.</summary>
    Added,

    /// <summary>It was there, as asked for.</summary>
    Unchanged,

    /// <summary>It was there with other settings, which were brought in line.</summary>
    Updated,

    /// <summary>It is there with other settings. Nothing was changed.</summary>
    Different,

    /// <summary>There is something else of that name. Nothing was changed.</summary>
    Taken,

    /// <summary>The upstream does not allow replication. Nothing was changed.</summary>
    NotReplicable,
}
