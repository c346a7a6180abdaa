namespace Cvmfs.Net.Monitoring.Fleet.Dashboards;

/// <summary>A dashboard for Grafana.</summary>
/// <param name="Uid">Stable name in URLs.</param>
/// <param name="Title">Title behind the name of the fleet.</param>
/// <param name="What">What it is for.</param>
/// <param name="Variables">Things to choose: name, query of their values, whether several may be chosen.</param>
/// <param name="Rows">Headings, and panels below each.</param>
internal sealed record Dashboard(string Uid, string Title, string What, (string Name, string Query, bool IsMulti)[] Variables, (string Heading, Panel[] Panels)[] Rows)
{
    /// <summary>The choice that all dashboards have.</summary>
    public static (string Name, string Query, bool IsMulti) Environment { get; } = ("environment", "label_values(cvmfs_fleet_server_info, environment)", true);

    /// <summary>All of them.</summary>
    public static Dashboard[] All { get; } = [OverviewDashboard.Board, ServerDashboard.Board, RepositoryDashboard.Board, TrustDashboard.Board, ProxyDashboard.Board, ClientDashboard.Board];
}
