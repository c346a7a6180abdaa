using System.Diagnostics.Metrics;
using static Cvmfs.Net.Proxy.Diagnostics.ProxyMetrics;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>What is kept in which tier, and what had to go. Thread-safe.</summary>
internal sealed class CacheMetrics
{
    private const string Prefix = "cvmfs.cacheproxy.cache.";

    private readonly Meter _meter;
    private readonly Counter<long> _evictions;
    private readonly Counter<long> _evictedBytes;
    private readonly Counter<long> _writeErrors;

    public CacheMetrics(Meter meter)
    {
        _meter = meter;
        _evictions = meter.CreateCounter<long>(Prefix + "evictions", "{object}", "Objects that were removed.");
        _evictedBytes = meter.CreateCounter<long>(Prefix + "evicted", "By", "Bytes of the objects that were removed.");
        _writeErrors = meter.CreateCounter<long>(Prefix + "write_errors", "{failure}", "Times the cache could not be used.");
    }

    /// <summary>An object was removed.</summary>
    /// <param name="tier"><c>memory</c> or <c>disk</c>.</param>
    /// <param name="reason"><c>space</c>, <c>quota</c>, <c>damaged</c> or <c>purged</c>.</param>
    /// <param name="bytes">Its length.</param>
    public void Evicted(string tier, string reason, long bytes)
    {
        _evictions.Add(1, Tag("tier", tier), Tag("reason", reason));
        _evictedBytes.Add(bytes, Tag("tier", tier), Tag("reason", reason));
    }

    /// <summary>A tier could not be used.</summary>
    public void WriteFailed(string tier) => _writeErrors.Add(1, Tag("tier", tier));

    /// <summary>Follows what the tiers hold.</summary>
    public void Watch(Func<IEnumerable<TierUsage>> read)
    {
        Gauge("used", "By", "Bytes of the objects that are kept.", usage => usage.UsedBytes);
        Gauge("limit", "By", "Bytes that objects may take.", usage => usage.LimitBytes);
        Gauge("objects", "{object}", "Objects that are kept.", usage => usage.Objects);
        _meter.CreateObservableGauge(
            Prefix + "oldest_access_timestamp",
            () => read().Where(usage => usage.OldestAccess is not null)
                .Select(usage => new Measurement<double>(usage.OldestAccess!.Value.ToUnixTimeMilliseconds() / 1000.0, Tag("tier", usage.Tier))),
            "s",
            "When the object was last asked for that goes next.");

        void Gauge(string name, string unit, string description, Func<TierUsage, long> value)
            => _meter.CreateObservableGauge(Prefix + name, () => read().Select(usage => new Measurement<long>(value(usage), Tag("tier", usage.Tier))), unit, description);
    }
}
