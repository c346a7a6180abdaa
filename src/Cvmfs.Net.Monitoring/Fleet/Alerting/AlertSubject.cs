namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>What an alert is about: decides how it is silenced, and where its labels come from.</summary>
internal enum AlertSubject
{
    /// <summary>A server or proxy; its expression has the label <c>server</c>.</summary>
    Server,

    /// <summary>A repository wherever it lies; its expression has the label <c>repository</c>.</summary>
    Repository,

    /// <summary>An environment as a whole: maintenance of one server is no excuse.</summary>
    Environment,

    /// <summary>Whoever observes.</summary>
    Observer,
}
