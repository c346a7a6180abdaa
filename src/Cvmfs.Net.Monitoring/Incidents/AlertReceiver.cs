namespace Cvmfs.Net.Monitoring.Incidents;

/// <summary>Somebody who takes HTTP requests.</summary>
/// <param name="Id">Name in logs and metrics; the URL is a secret and appears in neither.</param>
/// <param name="Url">Where to.</param>
/// <param name="IsChat">Whether it wants a line of text (Slack, Mattermost) instead of the whole document.</param>
public sealed record AlertReceiver(string Id, Uri Url, bool IsChat = false);
