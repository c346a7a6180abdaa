namespace Cvmfs.Net.Monitoring.Incidents;

/// <summary>Who is told of what.</summary>
/// <param name="Receiver">Who.</param>
/// <param name="From">The lowest severity.</param>
/// <param name="To">The highest.</param>
/// <param name="Environment">Of which environment; null for all.</param>
public sealed record AlertRoute(AlertReceiver Receiver, AlertSeverity From, AlertSeverity To = AlertSeverity.Page, string? Environment = null)
{
    internal bool Takes(Incident incident)
        => (Environment is null || Environment == incident.Environment) && incident.Told.Any(severity => severity >= From && severity <= To);
}
