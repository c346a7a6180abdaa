namespace Cvmfs.Net.Replication.Configuration;

/// <summary>A setting of an existing replica that is not as it is asked for.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Found">Its value now; null where nothing sets it.</param>
/// <param name="Wanted">The value asked for.</param>
public sealed record ReplicaDifference(string Name, string? Found, string Wanted)
{
    internal bool IsReplicaConf { get; init; }

    /// <summary>Whether objects would have to move with it, which an update does not do.</summary>
    internal bool IsFixed => Name is "CVMFS_UPSTREAM_STORAGE" or "CVMFS_PASSTHROUGH";

    /// <summary>For people.</summary>
    public override string ToString() => $"{Name} is {(string.IsNullOrEmpty(Found) ? "not set" : Found)}, asked for {Wanted}";
}
