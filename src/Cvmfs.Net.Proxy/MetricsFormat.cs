namespace Cvmfs.Net.Proxy;

/// <summary>Names of the metrics.</summary>
public enum MetricsFormat
{
    /// <summary>Our own, <c>cvmfs_cacheproxy_…</c>.</summary>
    Cvmfs,

    /// <summary>Those of the usual exporter for squid beside our own, so that existing dashboards go on.</summary>
    Squid,
}
