using static Cvmfs.Net.Monitoring.Fleet.Dashboards.Panel;

namespace Cvmfs.Net.Monitoring.Fleet.Dashboards;

/// <summary>Caching proxies.</summary>
internal static class ProxyDashboard
{
    public static Dashboard Board { get; } = new(
        "cvmfs-proxy",
        "proxies",
        "What proxies answer, from where, and how near to their limits they are.",
        [Dashboard.Environment, ("server", "label_values(cvmfs_fleet_server_info{environment=~\"$environment\",role=\"proxy\"}, server)", true)],
        [
            ("Now",
            [
                Stat("Up", "Of those that are chosen.", "none", "sum(up{job=\"cvmfs-proxy\",server=~\"$server\"})"),
                Stat("Hit ratio", "Answers without bytes from upstream, in the last hour.", "percentunit", "avg(cvmfs:cacheproxy_hit_ratio:rate1h{server=~\"$server\"})"),
                Stat("Requests", "A second.", "reqps", "sum(rate(cvmfs_cacheproxy_requests_total{server=~\"$server\"}[5m]))"),
                Stat("Clients", "In the last five minutes.", "none", "sum(cvmfs_cacheproxy_active_clients{server=~\"$server\"})"),
                Stat("Upstreams that are down", "By active checks.", "none", "count(cvmfs_cacheproxy_upstream_up{server=~\"$server\"} == 0) or vector(0)") with { Bad = 1 },
                Stat("Damaged objects", "From upstream, in a day; none of them was kept.", "none", "sum(increase(cvmfs_cacheproxy_hash_mismatch_total{server=~\"$server\"}[1d]))") with { Bad = 1 },
            ]),
            ("Clients",
            [
                Graph("Requests", "By result.", "reqps", ("sum by (result) (rate(cvmfs_cacheproxy_requests_total{server=~\"$server\"}[$__rate_interval]))", "{{result}}")),
                Graph("Hit ratio", "By proxy, over an hour.", "percentunit", ("cvmfs:cacheproxy_hit_ratio:rate1h{server=~\"$server\"}", "{{server}}")),
                Graph("Bytes to clients", "By result.", "Bps", ("sum by (result) (rate(cvmfs_cacheproxy_client_bytes_total{server=~\"$server\",direction=\"out\"}[$__rate_interval]))", "{{result}}")),
                Graph("Time to answer", "90th percentile, by result.", "s", ("histogram_quantile(0.9, sum by (le, result) (rate(cvmfs_cacheproxy_request_duration_seconds_bucket{server=~\"$server\"}[$__rate_interval])))", "{{result}}")),
                Graph("Requests at a time", "And the limit.", "none", ("cvmfs_cacheproxy_active_requests{server=~\"$server\"}", "{{server}}"), ("cvmfs_cacheproxy_concurrency_limit{server=~\"$server\"}", "{{server}} limit")),
                Graph("Refused", "By reason.", "reqps", ("sum by (reason) (rate(cvmfs_cacheproxy_rejected_total{server=~\"$server\"}[$__rate_interval]))", "{{reason}}")),
            ]),
            ("Upstream",
            [
                Graph("Bytes from upstream", "By server; Prometheus calls the proxy's own label of that name exported_server.", "Bps", ("sum by (exported_server) (rate(cvmfs_cacheproxy_upstream_bytes_total{server=~\"$server\"}[$__rate_interval]))", "{{exported_server}}")),
                Graph("Time of upstream", "90th percentile.", "s", ("histogram_quantile(0.9, sum by (le, exported_server) (rate(cvmfs_cacheproxy_upstream_request_duration_seconds_bucket{server=~\"$server\"}[$__rate_interval])))", "{{exported_server}}")),
                Graph("Changes of upstream", "By reason.", "none", ("sum by (from, to, reason) (increase(cvmfs_cacheproxy_upstream_failovers_total{server=~\"$server\"}[1h]))", "{{from}} to {{to}}: {{reason}}")),
                Graph("Age of manifests", "As they are served, by repository.", "s", ("max by (repository) (cvmfs_cacheproxy_manifest_age_seconds{server=~\"$server\"})", "{{repository}}")),
            ]),
            ("Cache",
            [
                Graph("Used", "And the limit, by tier.", "bytes", ("cvmfs_cacheproxy_cache_used_bytes{server=~\"$server\"}", "{{server}} {{tier}}"), ("cvmfs_cacheproxy_cache_limit_bytes{server=~\"$server\"}", "{{server}} {{tier}} limit")),
                Graph("Evicted", "Objects, by tier and reason.", "none", ("sum by (tier, reason) (rate(cvmfs_cacheproxy_cache_evictions_total{server=~\"$server\"}[$__rate_interval]))", "{{tier}} {{reason}}")),
            ]),
        ]);
}
