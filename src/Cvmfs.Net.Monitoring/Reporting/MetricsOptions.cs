using Cvmfs.Net.Diagnostics;
namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>What stands in metrics beside the measurements.</summary>
public sealed record MetricsOptions
{
    /// <summary>Name of this prober, for the label <c>vantage</c>; null for none.</summary>
    public string? Vantage { get; init; }

    /// <summary>What was counted over many runs; null for a single look, which has no counters.</summary>
    public ProbeCounters? Counters { get; init; }

    /// <summary>Results of checks, for <c>cvmfs_probe_status</c>; null for none.</summary>
    public IReadOnlyList<Checks.CheckResult>? Checks { get; init; }

    /// <summary>Whether series carry no server, for an answer about one that was asked for by name. Default false.</summary>
    public bool HidesServer { get; init; }

    internal string LabelsOf(ServerReport server) => HidesServer ? "" : PrometheusText.Labels("", ("server", server.Target.Name), ("environment", server.Target.Environment), ("vantage", Vantage));
}
