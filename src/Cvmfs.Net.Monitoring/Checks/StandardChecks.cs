using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>Every check there is, with its defaults.</summary>
public static class StandardChecks
{
    /// <summary>The checks, servers first.</summary>
    public static IReadOnlyList<ICheck> All { get; } =
    [
        new ReachabilityCheck(), new NetworkCheck(), new GeoCheck(), new ManifestCheck(), new LagCheck(), new StalenessCheck(),
        new WhitelistExpiryCheck(), new SigningCertificateCheck(), new ObjectCheck(), new IntegrityCheck(),
    ];

    /// <summary>What all of them say.</summary>
    public static IReadOnlyList<CheckResult> Judge(FleetView view) => [.. All.SelectMany(check => check.Judge(view))];

    /// <summary>The worst of some results: failed, warning, degraded, unknown, maintenance, ok.</summary>
    public static CheckStatus Worst(IEnumerable<CheckResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        CheckStatus[] order = [CheckStatus.Failed, CheckStatus.Warning, CheckStatus.Degraded, CheckStatus.Unknown, CheckStatus.Maintenance];
        var found = results.Select(result => result.Status).ToHashSet();
        return Array.Find(order, found.Contains);
    }
}
