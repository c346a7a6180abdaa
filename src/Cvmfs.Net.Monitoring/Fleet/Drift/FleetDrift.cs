// A fleet file is right only as long as the world follows it:
//
//   FleetDescription ─┬─ NameDrift    what names lead to              ─► dns, geo
//                     ├─ ServerDrift  what servers list, sign, order  ─► replicas, keys, geo
//                     │     └─ MetaInfoDrift  what they recommend     ─► metainfo
//                     ├─ ClientDrift  what clients are configured to  ─► client_config, keys
//                     └─ OutputDrift  what other programs read        ─► prometheus, statuspage
//                      ─► FleetDriftReport
// Must stay true
//   - A difference names the thing that differs, what was found, and what the file says.
//   - What could not be looked at is said to be unseen; it is neither a difference nor in order.
namespace Cvmfs.Net.Monitoring.Fleet.Drift;

/// <summary>Compares a fleet file with what names, servers, clients' configuration and other programs' files say.</summary>
public static class FleetDrift
{
    /// <summary>Compares.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="options">With what; defaults where null.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsFormatException">A key of the fleet file is no RSA key, or a status page's configuration is none.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static async Task<FleetDriftReport> CompareAsync(FleetDescription fleet, FleetDriftOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        options ??= new FleetDriftOptions();
        var findings = new DriftFindings();
        if (options.AsksNames) await new NameDrift(fleet, options.Scraper, findings).CompareAsync(cancellationToken).ConfigureAwait(false);
        if (options.AsksServers) await new ServerDrift(fleet, options.Scraper, findings).CompareAsync(cancellationToken).ConfigureAwait(false);
        foreach (string folder in options.ClientConfigurations) await new ClientDrift(fleet, folder, options.Scraper.TimeProvider.GetUtcNow(), findings).CompareAsync(cancellationToken).ConfigureAwait(false);
        foreach (string file in options.PrometheusTargets) OutputDrift.CompareTargets(fleet, file, await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false), findings);
        foreach (string file in options.StatusPages) OutputDrift.ComparePage(fleet, file, await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false), findings);
        return new FleetDriftReport
        {
            Fleet = fleet.Name,
            Digest = fleet.Digest,
            ComparedAt = options.Scraper.TimeProvider.GetUtcNow(),
            Items = Sorted(findings.Items),
            Unseen = Sorted(findings.Unseen),
            Compared = [.. findings.Compared],
            NamesThatMatch = findings.NamesThatMatch,
            Environments = fleet.Servers.ToDictionary(server => server.Key, server => server.Value.Environment),
        };
    }

    private static List<DriftItem> Sorted(List<DriftItem> items)
        => [.. items.Distinct().OrderBy(item => item.Kind).ThenBy(item => item.Subject, StringComparer.Ordinal).ThenBy(item => item.Message, StringComparer.Ordinal)];
}
