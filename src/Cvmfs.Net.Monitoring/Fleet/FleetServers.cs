using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Monitoring.Fleet;

/// <summary>Asks the servers of a fleet.</summary>
public static class FleetServers
{
    /// <summary>Scrapes every server in use that holds repositories, for its manifests, whitelists and certificates; nothing of the network, and no further objects.</summary>
    /// <param name="fleet">The fleet; its keys are trusted.</param>
    /// <param name="options">Limits, resolver and clock; keys come from the fleet.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>A report for each, in the order of ids; its name is the id.</returns>
    /// <exception cref="CvmfsFormatException">A key of the fleet file is no RSA key.</exception>
    public static async Task<IReadOnlyList<ServerReport>> ScrapeAsync(FleetDescription fleet, ScraperOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        ArgumentNullException.ThrowIfNull(options);
        var keys = MasterKeys.FromPem(fleet.Keys.Values.Select(key => key.Pem).OfType<string>());
        using var scraper = new StratumScraper(options with { Keys = keys, Objects = ObjectProbing.None, SamplesPerRepository = 0, ProbeNetwork = false });
        return await scraper.ScrapeAsync([.. FleetTargets.Of(fleet)], cancellationToken: cancellationToken).ConfigureAwait(false);
    }
}
