namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>How well something is. The numbers are those of status pages and metrics.</summary>
public enum CheckStatus
{
    /// <summary>Well.</summary>
    Ok = 0,

    /// <summary>Worth a look.</summary>
    Degraded = 1,

    /// <summary>Users notice, or soon will.</summary>
    Warning = 2,

    /// <summary>Broken.</summary>
    Failed = 3,

    /// <summary>Nobody measured it.</summary>
    Unknown = 8,

    /// <summary>Work that was announced; nobody is woken.</summary>
    Maintenance = 9,
}
