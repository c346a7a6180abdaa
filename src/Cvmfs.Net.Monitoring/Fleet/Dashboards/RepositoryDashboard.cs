using static Cvmfs.Net.Monitoring.Fleet.Dashboards.Panel;

namespace Cvmfs.Net.Monitoring.Fleet.Dashboards;

/// <summary>One repository on all its servers.</summary>
internal static class RepositoryDashboard
{
    public static Dashboard Board { get; } = new(
        "cvmfs-repository",
        "one repository",
        "A repository on all its servers: which revision where, since when, and whether it can be trusted.",
        [("repository", "label_values(cvmfs_fleet_repository_info, repository)", false)],
        [
            ("Now",
            [
                Stat("Newest revision", "On any server.", "none", "max(cvmfs_probe_repository_revision{repository=\"$repository\"})"),
                Stat("Published", "Ago.", "s", "time() - max(cvmfs_probe_repository_published_timestamp_seconds{repository=\"$repository\"})"),
                Stat("Largest lag", "Of its replicas.", "s", "max(cvmfs:repository_lag_seconds{repository=\"$repository\"})"),
                Stat("Whitelist expires in", "On the server with the oldest one.", "s", "min(cvmfs_probe_whitelist_expiry_timestamp_seconds{repository=\"$repository\"}) - time()") with { Bad = 259_200, IsBadBelow = true },
                Stat("Servers that have it", "With a valid manifest.", "none", "count(max by (server) (cvmfs_probe_repository_up{repository=\"$repository\"}) == 1)"),
                Stat("Conflicts", "Servers with another history.", "none", "count(max by (server) (cvmfs_probe_repository_root_hash_conflict{repository=\"$repository\"}) == 1) or vector(0)") with { Bad = 1 },
            ]),
            ("Replicas",
            [
                Graph("Revision", "By server.", "none", ("max by (server) (cvmfs_probe_repository_revision{repository=\"$repository\"})", "{{server}}")),
                Graph("Lag", "By server, and the limit of the fleet file.", "s", ("cvmfs:repository_lag_seconds{repository=\"$repository\"}", "{{server}}"), ("cvmfs:repository_max_lag_seconds{repository=\"$repository\"}", "limit")),
                Graph("Age of the last snapshot", "By server, and the limit of the fleet file.", "s", ("cvmfs:snapshot_age_seconds{repository=\"$repository\"}", "{{server}}"), ("cvmfs:repository_max_snapshot_age_seconds{repository=\"$repository\"}", "limit")),
                Graph("Age of the last garbage collection", "By server.", "s", ("time() - max by (server) (cvmfs_probe_repository_last_gc_timestamp_seconds{repository=\"$repository\"})", "{{server}}")),
            ]),
            ("Content",
            [
                Graph("New revisions", "Seen in a day, by server.", "none", ("max by (server) (increase(cvmfs_probe_repository_changes_total{repository=\"$repository\"}[1d]))", "{{server}}")),
                Graph("Root catalog", "Its size.", "bytes", ("max(cvmfs_probe_repository_root_catalog_bytes{repository=\"$repository\"})", "root catalog")),
                Graph("Sampled objects", "By outcome, an hour.", "none", ("sum by (outcome) (increase(cvmfs_probe_object_samples_total{repository=\"$repository\"}[1h]))", "{{outcome}}")),
                Graph("Fetched by replicas", "Bytes a second, of servers of ours.", "Bps", ("sum by (server) (rate(cvmfs_replica_fetched_bytes_total{repository=\"$repository\"}[$__rate_interval]))", "{{server}}")),
            ]),
        ]);
}
