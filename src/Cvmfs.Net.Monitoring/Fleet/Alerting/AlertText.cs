namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>Pieces that expressions share.</summary>
internal static class AlertText
{
    /// <summary>Only what observers saw that are not blind themselves.</summary>
    public const string Online = "on(vantage) (cvmfs_probe_vantage_online == 1)";

    /// <summary>One series for an observer, by whatever job it was read and whatever that job's targets are labelled with.</summary>
    public const string WithoutScrape = "without (instance, job, role, tier, owner)";

    public const string UnlessServer = "unless on(server) (max by (server) (cvmfs_fleet_maintenance{server!=\"\"}) == 1)";

    public const string UnlessRepository = "unless on(repository) (max by (repository) (cvmfs_fleet_maintenance{repository!=\"\"}) == 1)";

    /// <summary>A metric, as far as observers that are not blind brought it.</summary>
    public static string Seen(string metric) => $"({metric} and {Online})";
}
