namespace Cvmfs.Net.Monitoring.StatusPage;

/// <summary>What visitors are told about a service. The numbers are those of metrics; worse is higher, a planned outage highest.</summary>
public enum ServiceStatus
{
    /// <summary>All is well.</summary>
    Ok = 0,

    /// <summary>Usable, slower or with less redundancy.</summary>
    Degraded = 1,

    /// <summary>Usable; parts are unavailable or behind.</summary>
    Warning = 2,

    /// <summary>Not usable.</summary>
    Failed = 3,

    /// <summary>The prober could not tell. Never good news, and never made into any.</summary>
    Unknown = 8,

    /// <summary>Planned work.</summary>
    Maintenance = 9,
}
