using static Cvmfs.Net.Monitoring.Fleet.Dashboards.Panel;

namespace Cvmfs.Net.Monitoring.Fleet.Dashboards;

/// <summary>Is anything wrong, and where?</summary>
internal static class OverviewDashboard
{
    public static Dashboard Board { get; } = new(
        "cvmfs-overview",
        "overview",
        "Whether anything is wrong, and where to look next.",
        [Dashboard.Environment],
        [
            ("Now",
            [
                Stat("Public Stratum 1", "Public replicas that an observer sees up. One is one failure from an outage.", "none", "cvmfs:public_s1_up{environment=~\"$environment\"}") with { Bad = 2, IsBadBelow = true },
                Stat("Pages", "Alerts that somebody must act on now.", "none", "count(ALERTS{alertstate=\"firing\",severity=\"page\",environment=~\"$environment\"}) or vector(0)") with { Bad = 1 },
                Stat("Tickets", "Alerts for working hours.", "none", "count(ALERTS{alertstate=\"firing\",severity=\"ticket\",environment=~\"$environment\"}) or vector(0)") with { Bad = 1 },
                Stat("Observers", "Observers that see anything. Pages need two that agree.", "none", "count(max by (vantage) (cvmfs_probe_vantage_online) == 1)") with { Bad = 1, IsBadBelow = true },
                Stat("Largest lag", "The replica that is longest behind.", "s", "max(cvmfs:repository_lag_seconds{environment=~\"$environment\"})"),
                Stat("Shortest whitelist", "Until the first whitelist expires.", "s", "min(cvmfs_probe_whitelist_expiry_timestamp_seconds{environment=~\"$environment\"} - time())") with { Bad = 259_200, IsBadBelow = true },
            ]),
            ("Servers",
            [
                Graph("Seen up", "Number of observers that see a server up.", "none", ("cvmfs:server_up:agreed{environment=~\"$environment\"}", "{{server}}")),
                Graph("Manifest, 90th percentile", "How long observers wait for a manifest.", "s",
                    ("histogram_quantile(0.9, sum by (le, server) (rate(cvmfs_probe_request_duration_seconds_bucket{endpoint=\"manifest\",environment=~\"$environment\"}[$__rate_interval])))", "{{server}}")),
                Graph("Lag", "Since when a revision is known that the server lacks; its worst repository.", "s", ("max by (server) (cvmfs:repository_lag_seconds{environment=~\"$environment\"})", "{{server}}")),
                Graph("Age of the last snapshot", "Grows without bound where a replicator stands still; its worst repository.", "s", ("max by (server) (cvmfs:snapshot_age_seconds{environment=~\"$environment\"})", "{{server}}")),
            ]),
            ("Details",
            [
                Table("Alerts", "Everything that fires.", "none", "ALERTS{alertstate=\"firing\",environment=~\"$environment\"}"),
                Table("Revisions behind", "By repository and server.", "none", "max by (repository, server) (cvmfs_probe_repository_revision_lag{environment=~\"$environment\"})"),
            ]),
        ]);
}
