namespace Cvmfs.Net.Monitoring.Incidents;

/// <summary>Where alerts are kept until a receiver has taken them.</summary>
internal interface IAlertOutbox
{
    /// <summary>Alerts that a receiver has yet to take, oldest first.</summary>
    /// <param name="receiver">Id of the receiver.</param>
    /// <param name="isOdd">Told of each row that is no alert; it stays where it is.</param>
    IReadOnlyList<IncidentEvent> ReadAlerts(string receiver, Action<string> isOdd);

    /// <summary>A receiver has taken an alert, or never will.</summary>
    void RemoveAlert(string receiver, string key);
}
