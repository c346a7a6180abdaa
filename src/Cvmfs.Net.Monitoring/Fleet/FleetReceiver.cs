namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>Where alerts go.</summary>
/// <param name="Id">Id.</param>
/// <param name="Type">email, webhook, slack, mattermost, pagerduty or opsgenie.</param>
/// <param name="To">Address; null where it is reached by URL.</param>
/// <param name="UrlReference">Where the secret URL is to be had, such as <c>env:PD_KEY</c> or <c>file:/run/secrets/hook</c>; never the secret.</param>
public sealed record FleetReceiver(string Id, string Type, string? To, string? UrlReference);
