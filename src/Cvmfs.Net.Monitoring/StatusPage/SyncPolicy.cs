namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>What makes a replica out of sync.</summary>
public enum SyncPolicy
{
    /// <summary>The time for which it has been behind, and the age of its last snapshot. A busy publisher alone makes nothing red.</summary>
    Lag,

    /// <summary>The distance in revisions: one is a warning, two are a failure. As the EESSI status page judges.</summary>
    EessiDistance,
}
