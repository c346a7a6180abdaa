namespace Cvmfs.Net.Monitoring.Incidents;

/// <summary>How soon somebody has to look. Worse is higher.</summary>
public enum AlertSeverity
{
    /// <summary>Goes into a digest.</summary>
    Info,

    /// <summary>In working hours.</summary>
    Ticket,

    /// <summary>Now.</summary>
    Page,
}
