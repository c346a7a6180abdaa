namespace Cvmfs.Net.Monitoring.Incidents;

/// <summary>Where alerts are kept until a receiver has taken them.</summary>
internal interface IAlertOutbox
{
    /// <summary>Alerts that a receiver has yet to take, oldest first.</summary>
    IReadOnlyList<IncidentEvent> ReadAlerts(string receiver);

    /// <summary>A receiver has taken an alert, or never will.</summary>
    void RemoveAlert(string receiver, string key);
}
