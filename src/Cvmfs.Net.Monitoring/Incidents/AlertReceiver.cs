namespace Cvmfs.Net.Monitoring.Incidents;

/// <summary>Somebody who is told.</summary>
/// <param name="Id">Name in logs and metrics; URL and key are secrets and appear in neither.</param>
/// <param name="Url">Where to: http or https, or smtp for mail.</param>
/// <param name="Form">What is sent there.</param>
public sealed record AlertReceiver(string Id, Uri Url, AlertForm Form = AlertForm.Document)
{
    /// <summary>The key that PagerDuty or Opsgenie knows the account by; null for others.</summary>
    public string? Key { get; init; }

    /// <summary>Whom mail goes to; null for others.</summary>
    public string? To { get; init; }

    /// <summary>Whom mail comes from; null for others.</summary>
    public string? From { get; init; }

    /// <summary>Id alone: a log must not have the rest.</summary>
    public override string ToString() => Id;
}
