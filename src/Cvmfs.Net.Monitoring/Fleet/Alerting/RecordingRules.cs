namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>Figures that alerts and dashboards share.</summary>
internal static class RecordingRules
{
    private const string Hits = "sum by (instance, server, environment) (rate(cvmfs_cacheproxy_requests_total{result=~\"hit|collapsed|revalidated\"}[1h]))";

    private const string Asked = "sum by (instance, server, environment) (rate(cvmfs_cacheproxy_requests_total{result!=\"denied\"}[1h]))";

    public static (string Record, string Expression, string What)[] All { get; } =
    [
        ("cvmfs:fleet_server_info", Fact("cvmfs_fleet_server_info"), "Servers and proxies of the fleet file, each once: several observers may bring the same fact."),
        ("cvmfs:fleet_repository_info", Fact("cvmfs_fleet_repository_info"), "Repositories of the fleet file, each once."),
        ("cvmfs:repository_max_lag_seconds", Fact("cvmfs_fleet_repository_max_lag_seconds"), "How long a replica may be behind."),
        ("cvmfs:repository_max_snapshot_age_seconds", Fact("cvmfs_fleet_repository_max_snapshot_age_seconds"), "How old the last snapshot may be."),
        ("cvmfs:repository_max_gc_age_seconds", Fact("cvmfs_fleet_repository_max_gc_age_seconds"), "How old the last garbage collection may be; absent where nobody cares."),
        ("cvmfs:vantages_needed", "clamp_max(count(max by (vantage) (cvmfs_probe_vantage_online) == 1), 2)", "How many observers must agree before somebody is woken up: two, or one where there is no other that sees anything."),
        ("cvmfs:server_up:agreed", $"count by (server, environment) (cvmfs_probe_up == 1 and {AlertText.Online}) or 0 * count by (server, environment) ({AlertText.Seen("cvmfs_probe_up")})", "How many observers see a server up; no value when all are blind."),
        ("cvmfs:public_s1_up", "count by (environment) (cvmfs:server_up:agreed > 0 and on(server) cvmfs:fleet_server_info{role=\"stratum1\",public=\"true\"})", "Public Stratum 1 servers that answer."),
        ("cvmfs:repository_lag_seconds", $"min by (server, repository, environment) {AlertText.Seen("cvmfs_probe_repository_lag_seconds")}", "Since when a revision is known that the server lacks, by the observer that knows least."),
        ("cvmfs:snapshot_age_seconds", $"time() - max by (server, repository, environment) {AlertText.Seen("cvmfs_probe_repository_last_snapshot_timestamp_seconds")}", "Time since the last snapshot."),
        ("cvmfs:whitelist_left_ratio", "(cvmfs_probe_whitelist_expiry_timestamp_seconds - time()) / (cvmfs_probe_whitelist_expiry_timestamp_seconds - cvmfs_probe_whitelist_issued_timestamp_seconds)", "How much of a whitelist's own life is left."),
        ("cvmfs:cacheproxy_hit_ratio:rate1h", $"({Hits} or 0 * {Asked}) / {Asked}", "Requests that a proxy answered without bytes from upstream, of all that it did not refuse."),
    ];

    private static string Fact(string metric) => $"max without (instance, job, vantage) ({metric})";
}
