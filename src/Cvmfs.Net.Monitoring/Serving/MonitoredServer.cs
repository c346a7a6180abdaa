using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>A server that is looked at again and again.</summary>
/// <param name="Target">What is asked; its name is that of metrics and incidents.</param>
/// <param name="Page">How pages show it.</param>
/// <param name="Interval">Time from one look to the next.</param>
public sealed record MonitoredServer(ScrapeTarget Target, StatusPageServerSettings Page, TimeSpan Interval)
{
    /// <summary>Whether visitors see it; otherwise only those behind the admin listener do.</summary>
    public bool IsPublic { get; init; } = true;

    /// <summary>Tier; failures of a <c>critical</c> one wake somebody.</summary>
    public string Tier { get; init; } = "standard";
}
