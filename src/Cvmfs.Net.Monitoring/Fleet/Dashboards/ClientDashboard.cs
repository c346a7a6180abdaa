using static Cvmfs.Net.Monitoring.Fleet.Dashboards.Panel;

namespace Cvmfs.Net.Monitoring.Fleet.Dashboards;

/// <summary>Clients that have an exporter of their own; its names are not ours.</summary>
internal static class ClientDashboard
{
    public static Dashboard Board { get; } = new(
        "cvmfs-clients",
        "clients",
        "Clients, by the metrics of the client itself (2.14 and later) or of its exporter.",
        [("repo", "label_values(cvmfs_repo_revision, repo)", true)],
        [
            ("Clients",
            [
                Stat("Mounts", "That report.", "none", "count(cvmfs_repo_revision{repo=~\"$repo\"})"),
                Stat("I/O errors", "In a day.", "none", "sum(increase(cvmfs_sys_nioerr_total{repo=~\"$repo\"}[1d]))") with { Bad = 1 },
                Stat("Downloaded", "Bytes a second.", "Bps", "sum(rate(cvmfs_net_rx_bytes_total{repo=~\"$repo\"}[5m]))"),
                Graph("Revisions", "Number of clients on each.", "none", ("count_values by (repo) (\"revision\", cvmfs_repo_revision{repo=~\"$repo\"})", "{{repo}} {{revision}}")),
                Graph("Downloads", "A second.", "reqps", ("sum by (repo) (rate(cvmfs_net_ndownload_total{repo=~\"$repo\"}[$__rate_interval]))", "{{repo}}")),
                Graph("Cache", "Used, of its limit.", "percentunit", ("max by (repo) (cvmfs_cache_cached_bytes{repo=~\"$repo\"} / cvmfs_cache_total_size_bytes{repo=~\"$repo\"})", "{{repo}}")),
                Graph("Active proxy", "Number of clients that use it.", "none", ("count by (proxy) (cvmfs_net_active_proxy{repo=~\"$repo\"})", "{{proxy}}")),
            ]),
        ]);
}
