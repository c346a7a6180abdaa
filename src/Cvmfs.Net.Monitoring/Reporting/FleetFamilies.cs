using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Monitoring.Fleet;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>What the fleet file says, as metrics that alert rules join with, and how the monitor itself is.</summary>
internal static class FleetFamilies
{
    /// <summary>Owners, tiers and limits: the same from a running monitor and in the file for the text file collector.</summary>
    public static void WriteFacts(PrometheusText text, FleetDescription fleet)
    {
        text.Family("cvmfs_fleet_server_info", PrometheusText.Gauge, "A server or proxy of the fleet file.");
        foreach (var server in fleet.ActiveServers.OrderBy(server => server.Id, StringComparer.Ordinal))
        {
            text.Sample("cvmfs_fleet_server_info", PrometheusText.Labels(
                "", ("server", server.Id), ("environment", server.Environment), ("role", server.Role), ("tier", server.Tier), ("owner", server.Owner), ("provider", server.Provider),
                ("region", server.Region), ("host", server.Host), ("scheme", server.Scheme), ("public", server.IsPublic ? "true" : "false")), 1);
        }

        foreach (var proxy in fleet.Proxies.Values.OrderBy(proxy => proxy.Id, StringComparer.Ordinal))
        {
            text.Sample("cvmfs_fleet_server_info", PrometheusText.Labels(
                "", ("server", proxy.Id), ("environment", proxy.Environment), ("role", "proxy"), ("tier", proxy.Tier), ("owner", proxy.Owner), ("provider", ""),
                ("region", ""), ("host", proxy.Host), ("scheme", "http"), ("public", "false")), 1);
        }

        text.Family("cvmfs_fleet_repository_info", PrometheusText.Gauge, "A repository of the fleet file.");
        foreach (var one in RepositoriesOf(fleet)) text.Sample("cvmfs_fleet_repository_info", PrometheusText.Labels("", ("repository", one.Name), ("environment", one.Environment), ("tier", one.Tier), ("owner", one.Owner)), 1);
        Limit("cvmfs_fleet_repository_max_lag_seconds", "How long a replica may be behind.", static one => one.MaxLag);
        Limit("cvmfs_fleet_repository_max_snapshot_age_seconds", "How old a replica's last snapshot may be.", static one => one.MaxSnapshotAge);
        Limit("cvmfs_fleet_repository_max_gc_age_seconds", "How old the last garbage collection may be; absent where nobody cares.", static one => one.MaxCollectionAge);
        text.Family("cvmfs_fleet_file_info", PrometheusText.Gauge, "The fleet file that is in use.");
        text.Sample("cvmfs_fleet_file_info", PrometheusText.Labels("", ("digest", fleet.Digest), ("version", "1")), 1);

        void Limit(string name, string help, Func<FleetRepository, TimeSpan?> limit)
        {
            text.Family(name, PrometheusText.Gauge, help);
            foreach (var one in RepositoriesOf(fleet)) if (limit(one) is { } time) text.Sample(name, PrometheusText.Labels("", ("repository", one.Name)), time.TotalSeconds);
        }
    }

    /// <summary>Planned work that goes on: for each server, proxy and repository that it is about, whoever said so.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="monitored">What is monitored.</param>
    /// <param name="windows">Windows as pages have them: those of a configuration, and silences.</param>
    /// <param name="repositories">Repositories that were seen.</param>
    /// <param name="now">When.</param>
    public static void WriteMaintenance(PrometheusText text, MonitoredFleet monitored, IReadOnlyList<MaintenanceWindow> windows, IEnumerable<string> repositories, DateTimeOffset now)
    {
        List<MaintenanceWindow> active = [.. windows.Where(window => window.IsActiveAt(now))];
        bool isAll = active.Exists(window => window.CoversAll);
        var named = active.SelectMany(window => window.Servers).ToHashSet(StringComparer.Ordinal);
        // By id, with every name that a window may have for it.
        var known = monitored.Servers.Select(server => (Id: server.Target.Name, Name: server.Page.HostName));
        var servers = new SortedSet<string>(StringComparer.Ordinal);
        var names = new SortedSet<string>(active.SelectMany(window => window.Repositories), StringComparer.Ordinal);
        if (monitored.Fleet is { } fleet)
        {
            known = known.Concat(fleet.ActiveServers.Select(server => (server.Id, FleetTargets.PageNameOf(server)))).Concat(fleet.Proxies.Values.Select(proxy => (proxy.Id, proxy.Host)));
            foreach (var window in FleetMaintenance.Of(fleet).Where(window => window.IsActiveAt(now)))
            {
                servers.UnionWith(window.Servers);
                names.UnionWith(window.Repositories);
            }

            if (isAll) names.UnionWith(fleet.Repositories.Keys);
        }

        if (isAll) names.UnionWith(repositories);
        servers.UnionWith(known.Where(one => isAll || named.Contains(one.Id) || named.Contains(one.Name)).Select(one => one.Id));
        text.Family("cvmfs_fleet_maintenance", PrometheusText.Gauge, "Planned work that goes on.");
        foreach (string server in servers) text.Sample("cvmfs_fleet_maintenance", PrometheusText.Labels("", ("server", server)), 1);
        foreach (string repository in names) text.Sample("cvmfs_fleet_maintenance", PrometheusText.Labels("", ("repository", repository)), 1);
    }

    public static void WriteVantage(PrometheusText text, string? vantage, bool isOnline)
    {
        text.Family("cvmfs_probe_vantage_online", PrometheusText.Gauge, "Whether this prober sees anything at all.");
        text.Sample("cvmfs_probe_vantage_online", PrometheusText.Labels("", ("vantage", vantage)), isOnline ? 1 : 0);
    }

    public static void WriteSelf(PrometheusText text, string? vantage, bool isOnline, TimeSpan lag, long sent, long dropped)
    {
        string labels = PrometheusText.Labels("", ("vantage", vantage));
        WriteVantage(text, vantage, isOnline);
        text.Family("cvmfs_probe_schedule_lag_seconds", PrometheusText.Gauge, "How late the last look at a server was.");
        text.Sample("cvmfs_probe_schedule_lag_seconds", labels, lag.TotalSeconds);
        text.Family("cvmfs_probe_alerts_total", PrometheusText.Counter, "Alerts, by what became of them.");
        text.Sample("cvmfs_probe_alerts_total", PrometheusText.Labels(labels, ("outcome", "sent")), sent);
        text.Sample("cvmfs_probe_alerts_total", PrometheusText.Labels(labels, ("outcome", "dropped")), dropped);
    }

    private static IEnumerable<FleetRepository> RepositoriesOf(FleetDescription fleet) => fleet.Repositories.Values.OrderBy(one => one.Name, StringComparer.Ordinal);
}
