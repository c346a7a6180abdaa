namespace Cvmfs.Net.Monitoring.Incidents;

/// <summary>What a receiver understands.</summary>
public enum AlertForm
{
    /// <summary>The whole document as JSON.</summary>
    Document,

    /// <summary>A line of text as JSON: Slack, Mattermost.</summary>
    Chat,

    /// <summary>An event of PagerDuty's Events API, version 2.</summary>
    PagerDuty,

    /// <summary>An alert of Opsgenie's Alert API, version 2.</summary>
    Opsgenie,

    /// <summary>Mail, handed to a server by SMTP without encryption or password: one of this machine or network.</summary>
    Mail,
}
