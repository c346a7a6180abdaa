namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>Whose servers a level of an alert is for.</summary>
internal enum AlertTier
{
    /// <summary>All of them.</summary>
    Any,

    /// <summary>Those of a tier that wakes people up.</summary>
    Paging,

    /// <summary>The others.</summary>
    Other,
}
