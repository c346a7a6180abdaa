using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Incidents;

/// <summary>What somebody should be told.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Incident">The incident as it is now.</param>
/// <param name="Previous">The status before.</param>
/// <param name="At">When.</param>
public sealed record IncidentEvent(IncidentEventKind Kind, Incident Incident, ServiceStatus Previous, DateTimeOffset At)
{
    /// <summary>The same for the same news however often it is sent: receivers know repetitions by it.</summary>
    internal string Key => $"{Incident.Id}-{Kind.ToString().ToLowerInvariant()}-{At.ToUnixTimeMilliseconds()}";
}

/// <summary>Why somebody is told.</summary>
public enum IncidentEventKind
{
    /// <summary>It has begun.</summary>
    Opened,

    /// <summary>It became better or worse, and is not over.</summary>
    Changed,

    /// <summary>It still goes on.</summary>
    Repeated,

    /// <summary>It is over. The incident's status says how: <see cref="ServiceStatus.Ok"/>, <see cref="ServiceStatus.Maintenance"/> where planned work has begun, or <see cref="ServiceStatus.Unknown"/> where it is no longer looked at.</summary>
    Resolved,
}
