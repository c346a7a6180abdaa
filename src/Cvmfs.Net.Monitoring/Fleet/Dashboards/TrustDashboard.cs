using static Cvmfs.Net.Monitoring.Fleet.Dashboards.Panel;

namespace Cvmfs.Net.Monitoring.Fleet.Dashboards;

/// <summary>Signatures, whitelists, certificates.</summary>
internal static class TrustDashboard
{
    public static Dashboard Board { get; } = new(
        "cvmfs-trust",
        "trust",
        "Signatures and what expires next.",
        [Dashboard.Environment],
        [
            ("Now",
            [
                Stat("Signatures that do not hold", "Repositories on servers.", "none", "count(cvmfs_probe_manifest_signature_valid{environment=~\"$environment\"} == 0) or vector(0)") with { Bad = 1 },
                Stat("Unknown keys", "Whitelists that no key of the fleet file signed.", "none", "count(cvmfs_probe_whitelist_valid{environment=~\"$environment\"} == 0 unless on(server, repository, vantage) cvmfs_probe_master_key_info) or vector(0)") with { Bad = 1 },
                Stat("Shortest whitelist", "Until the first one expires.", "s", "min(cvmfs_probe_whitelist_expiry_timestamp_seconds{environment=~\"$environment\"}) - time()") with { Bad = 259_200, IsBadBelow = true },
                Stat("Shortest certificate", "Until the first one ends.", "s", "min(cvmfs_probe_signing_certificate_not_after_timestamp_seconds{environment=~\"$environment\"}) - time()") with { Bad = 2_592_000, IsBadBelow = true },
            ]),
            ("Times",
            [
                Graph("Whitelists", "Time left, by repository; the server that is worst.", "s", ("min by (repository) (cvmfs_probe_whitelist_expiry_timestamp_seconds{environment=~\"$environment\"}) - time()", "{{repository}}")),
                Graph("Whitelists, of their own life", "A third is when somebody should sign.", "percentunit", ("min by (repository) (cvmfs:whitelist_left_ratio{environment=~\"$environment\"})", "{{repository}}")),
                Graph("Certificates", "Time left, by repository.", "s", ("min by (repository) (cvmfs_probe_signing_certificate_not_after_timestamp_seconds{environment=~\"$environment\"}) - time()", "{{repository}}")),
                Graph("Objects that are damaged", "Drawn by observers, and seen by replicas and proxies, an hour.", "none",
                    ("sum by (server) (increase(cvmfs_probe_object_samples_total{environment=~\"$environment\",outcome=\"corrupt\"}[1h]))", "{{server}} sampled"),
                    ("sum by (server) (increase(cvmfs_replica_objects_fetched_total{environment=~\"$environment\",outcome=\"corrupt\"}[1h]))", "{{server}} fetched"),
                    ("sum by (server) (increase(cvmfs_cacheproxy_hash_mismatch_total{environment=~\"$environment\"}[1h]))", "{{server}} proxied")),
            ]),
            ("Details", [Table("Keys", "Which known key signed the whitelist.", "none", "max by (repository, server, key_id) (cvmfs_probe_master_key_info{environment=~\"$environment\"})")]),
        ]);
}
