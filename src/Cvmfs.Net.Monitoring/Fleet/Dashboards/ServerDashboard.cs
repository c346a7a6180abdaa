using static Cvmfs.Net.Monitoring.Fleet.Dashboards.Panel;

namespace Cvmfs.Net.Monitoring.Fleet.Dashboards;

/// <summary>One Stratum 1: from outside, from inside.</summary>
internal static class ServerDashboard
{
    public static Dashboard Board { get; } = new(
        "cvmfs-server",
        "one server",
        "A server as observers see it, and, where it is one of ours, as it sees itself.",
        [Dashboard.Environment, ("server", "label_values(cvmfs_fleet_server_info{environment=~\"$environment\",role!=\"proxy\"}, server)", false)],
        [
            ("From outside",
            [
                Stat("Seen up", "Observers that see it up.", "none", "cvmfs:server_up:agreed{server=\"$server\"}") with { Bad = 1, IsBadBelow = true },
                Stat("Repositories", "Whose manifest is valid.", "none", "max(cvmfs_probe_repositories{server=\"$server\",state=\"ok\"})"),
                Stat("Repositories that fail", "Expected, and not there or not valid.", "none", "max(cvmfs_probe_repositories{server=\"$server\",state=\"failed\"})") with { Bad = 1 },
                Stat("Clock", "Its clock less that of the observer.", "s", "max(cvmfs_probe_clock_skew_seconds{server=\"$server\"})"),
                Stat("TLS ends in", "Empty where it speaks no https.", "s", "min(cvmfs_probe_tls_certificate_not_after_timestamp_seconds{server=\"$server\"}) - time()") with { Bad = 1_209_600, IsBadBelow = true },
                Stat("Geo order", "1 where the nearest server comes first.", "none", "min(cvmfs_probe_geo_order_correct{server=\"$server\"})") with { Bad = 1, IsBadBelow = true },
                Graph("Lag by repository", "Since when a revision is known that the server lacks.", "s", ("cvmfs:repository_lag_seconds{server=\"$server\"}", "{{repository}}")),
                Graph("Age of the last snapshot", "By repository.", "s", ("cvmfs:snapshot_age_seconds{server=\"$server\"}", "{{repository}}")),
                Graph("Time to answer", "90th percentile, by kind of document.", "s", ("histogram_quantile(0.9, sum by (le, endpoint) (rate(cvmfs_probe_request_duration_seconds_bucket{server=\"$server\"}[$__rate_interval])))", "{{endpoint}}")),
                Graph("Requests of observers that failed", "By class of error.", "reqps", ("sum by (error_class) (rate(cvmfs_probe_requests_total{server=\"$server\",outcome!=\"ok\"}[$__rate_interval]))", "{{error_class}}")),
                Graph("Addresses", "That answer, and that do not.", "none", ("sum by (vantage, family) (cvmfs_probe_addresses_up{server=\"$server\"})", "{{vantage}} {{family}} up"), ("sum by (vantage, family) (cvmfs_probe_addresses_down{server=\"$server\"})", "{{vantage}} {{family}} down")),
                Graph("Sampled objects that are not well", "Missing or corrupt, an hour.", "none", ("sum by (repository, outcome) (increase(cvmfs_probe_object_samples_total{server=\"$server\",outcome=~\"missing|corrupt\"}[1h]))", "{{repository}} {{outcome}}")),
            ]),
            ("From inside: replication",
            [
                Graph("Snapshots", "Ends by outcome, an hour.", "none", ("sum by (outcome) (increase(cvmfs_replica_snapshots_total{server=\"$server\"}[1h]))", "{{outcome}}")),
                Graph("Failures in a row", "By repository.", "none", ("cvmfs_replica_snapshot_consecutive_failures{server=\"$server\"}", "{{repository}}")),
                Graph("Fetched", "Bytes a second.", "Bps", ("sum by (repository) (rate(cvmfs_replica_fetched_bytes_total{server=\"$server\"}[$__rate_interval]))", "{{repository}}")),
                Graph("Waiting", "Known to be needed and not yet here.", "none", ("sum by (repository, object_kind) (cvmfs_replica_snapshot_pending_objects{server=\"$server\"})", "{{repository}} {{object_kind}}")),
            ]),
            ("From inside: service",
            [
                Graph("Requests", "By kind and class of status.", "reqps", ("sum by (kind, status) (rate(cvmfs_server_requests_total{server=\"$server\"}[$__rate_interval]))", "{{kind}} {{status}}")),
                Graph("Sent", "Content, bytes a second.", "Bps", ("sum(rate(cvmfs_server_sent_bytes_total{server=\"$server\"}[$__rate_interval]))", "sent")),
                Graph("Storage", "Free, of each volume.", "bytes", ("cvmfs_replica_storage_free_bytes{server=\"$server\"}", "{{volume}} free"), ("cvmfs_replica_storage_capacity_bytes{server=\"$server\"}", "{{volume}} size")),
                Graph("Geo requests", "By outcome.", "reqps", ("sum by (outcome) (rate(cvmfs_geo_requests_total{server=\"$server\"}[$__rate_interval]))", "{{outcome}}")),
            ]),
        ]);
}
