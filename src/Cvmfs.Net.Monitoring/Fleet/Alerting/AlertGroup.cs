namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>Alerts that belong together.</summary>
/// <param name="Name">Name of the group in the file of rules.</param>
/// <param name="Title">Heading in documents.</param>
/// <param name="Why">What the group is for, and by what reasoning its thresholds were chosen.</param>
/// <param name="Rules">Its alerts.</param>
internal sealed record AlertGroup(string Name, string Title, string Why, AlertRule[] Rules)
{
    /// <summary>All groups, what users notice first.</summary>
    public static AlertGroup[] All { get; } = [ServerAlerts.Group, ReplicationAlerts.Group, TrustAlerts.Group, ObjectAlerts.Group, NetworkAlerts.Group, ReplicatorAlerts.Group, ProxyAlerts.Group, ObserverAlerts.Group];
}
