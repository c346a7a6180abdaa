namespace Cvmfs.Net.Monitoring.Tracking;

/// <summary>Where the newest state of a repository was taken from. The lower-case name is the label of metrics.</summary>
public enum ReferenceSource
{
    /// <summary>From its Stratum 0.</summary>
    Stratum0,

    /// <summary>From the server that public replicas replicate from.</summary>
    Sync,

    /// <summary>From whoever had the highest revision.</summary>
    Quorum,
}
