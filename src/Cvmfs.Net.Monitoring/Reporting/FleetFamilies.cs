using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>What the fleet file says, as metrics that alert rules join with, and how the monitor itself is.</summary>
internal static class FleetFamilies
{
    public static void Write(PrometheusText text, MonitoredFleet monitored, IReadOnlyList<MaintenanceWindow> windows, DateTimeOffset now)
    {
        if (monitored.Fleet is { } fleet)
        {
            text.Family("cvmfs_fleet_server_info", PrometheusText.Gauge, "A server of the fleet file.");
            foreach (var server in fleet.ActiveServers.OrderBy(server => server.Id, StringComparer.Ordinal))
            {
                text.Sample("cvmfs_fleet_server_info", PrometheusText.Labels(
                    "", ("server", server.Id), ("environment", server.Environment), ("role", server.Role), ("tier", server.Tier), ("owner", server.Owner), ("provider", server.Provider),
                    ("region", server.Region), ("host", server.Host), ("scheme", server.Scheme), ("public", server.IsPublic ? "true" : "false")), 1);
            }

            Repositories("cvmfs_fleet_repository_info", "A repository of the fleet file.", true, static _ => 1);
            Repositories("cvmfs_fleet_repository_max_lag_seconds", "How long a replica may be behind.", false, static one => one.MaxLag.TotalSeconds);
            Repositories("cvmfs_fleet_repository_max_snapshot_age_seconds", "How old a replica's last snapshot may be.", false, static one => one.MaxSnapshotAge.TotalSeconds);
            Repositories("cvmfs_fleet_repository_max_gc_age_seconds", "How old the last garbage collection may be; absent where nobody cares.", false, static one => one.MaxCollectionAge?.TotalSeconds);
            text.Family("cvmfs_fleet_file_info", PrometheusText.Gauge, "The fleet file that is in use.");
            text.Sample("cvmfs_fleet_file_info", PrometheusText.Labels("", ("digest", fleet.Digest), ("version", "1")), 1);

            void Repositories(string name, string help, bool isInfo, Func<Fleet.FleetRepository, double?> value)
            {
                text.Family(name, PrometheusText.Gauge, help);
                foreach (var one in fleet.Repositories.Values.OrderBy(one => one.Name, StringComparer.Ordinal))
                {
                    if (value(one) is not { } number) continue;
                    text.Sample(name, isInfo
                        ? PrometheusText.Labels("", ("repository", one.Name), ("environment", one.Environment), ("tier", one.Tier), ("owner", one.Owner))
                        : PrometheusText.Labels("", ("repository", one.Name)), number);
                }
            }
        }

        text.Family("cvmfs_fleet_maintenance", PrometheusText.Gauge, "Planned work that goes on.");
        List<MaintenanceWindow> active = [.. windows.Where(window => window.IsActiveAt(now))];
        foreach (var server in monitored.Servers.Where(server => active.Exists(window => window.CoversAll || window.Servers.Contains(server.Page.HostName) || window.Servers.Contains(server.Target.Name))))
        {
            text.Sample("cvmfs_fleet_maintenance", PrometheusText.Labels("", ("server", server.Target.Name)), 1);
        }

        foreach (string repository in active.SelectMany(window => window.Repositories).Distinct().Order(StringComparer.Ordinal)) text.Sample("cvmfs_fleet_maintenance", PrometheusText.Labels("", ("repository", repository)), 1);
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
}
