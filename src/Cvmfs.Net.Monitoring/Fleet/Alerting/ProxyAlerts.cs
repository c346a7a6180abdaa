using static Cvmfs.Net.Monitoring.Fleet.Alerting.AlertLevel;

namespace Cvmfs.Net.Monitoring.Fleet.Alerting;

/// <summary>Caching proxies of sites.</summary>
internal static class ProxyAlerts
{
    private const string Ratio = "cvmfs:cacheproxy_hit_ratio:rate1h";

    /// <summary>An idle proxy has no ratio worth the name.</summary>
    private const string Busy = "on(instance) sum by (instance) (rate(cvmfs_cacheproxy_requests_total[1h])) > 1";

    public static AlertGroup Group { get; } = new(
        "cvmfs-proxies",
        "Proxies",
        """
        When a site's proxy is gone, its clients ask Stratum 1 servers directly: the site hardly notices, the servers do. A proxy that is slow is worse than one
        that is gone, for clients abandon it one by one. A low hit ratio is only told of proxies that have something to do, and compared with their own
        past, for what is usual differs from site to site.
        """,
        [
            new(
                "CvmfsProxyDown",
                "3m",
                "The proxy {{ $labels.server }} does not answer",
                "The traffic of its site goes to Stratum 1 servers.",
                "Look at the service, the port and the access list.",
                ByTier("min by (server) (up{job=\"cvmfs-proxy\"}) == 0 or min by (server) (cvmfs_probe_proxy_up) == 0")),
            new(
                "CvmfsProxySaturated",
                "10m",
                "The proxy {{ $labels.server }} is at its limit",
                "A slow proxy makes clients abandon it.",
                "Look which limit it is: requests, descriptors, refused requests; add a proxy, or raise the limit.",
                Ticket("max by (instance, server) (cvmfs_cacheproxy_active_requests / cvmfs_cacheproxy_concurrency_limit) > 0.9"
                    + " or sum by (instance, server) (rate(cvmfs_cacheproxy_rejected_total{reason=\"overload\"}[5m])) > 0"
                    + " or max by (instance, server) (cvmfs_cacheproxy_open_files / cvmfs_cacheproxy_open_files_limit) > 0.8")),
            new(
                "CvmfsProxyHitRatioDrop",
                "1h",
                "The proxy {{ $labels.server }} answers {{ $value | humanizePercentage }} from its cache",
                "Half of what it was in the last week, or less than a quarter: something is misconfigured, or there is a new kind of work.",
                "Look at the size of the cache and the age of what is evicted.",
                Info($"{Ratio} < 0.5 * avg_over_time({Ratio}[7d] offset 1h) and {Busy}"),
                Ticket($"{Ratio} < 0.25 and {Busy}")),
            new(
                "CvmfsProxyNoUpstream",
                "2m",
                "The proxy {{ $labels.server }} reaches none of its upstreams",
                "Only what is in its cache is left.",
                "Look at the network between it and the servers.",
                Page("max by (instance, server) (cvmfs_cacheproxy_upstream_up) == 0")),
            new(
                "CvmfsProxyObjectsCorrupt",
                "",
                "{{ $value | humanize }} objects came damaged to the proxy {{ $labels.server }} from {{ $labels.exported_server }}",
                "It did not keep them, but somebody upstream sends them.",
                "Find out where: the server's disk, or a cache on the way.",
                Ticket("sum by (instance, server, exported_server) (increase(cvmfs_cacheproxy_hash_mismatch_total[1h])) > 0")),
        ]);
}
