namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>What is known of one server that changes slowly or must not be asked often.</summary>
internal sealed class SlowFacts
{
    /// <summary>Answers of the geo API, by question.</summary>
    public IReadOnlyList<GeoReport> Geo { get; set; } = [];

    /// <summary>What was seen of the network; null before.</summary>
    public NetworkReport? Network { get; set; }
}
