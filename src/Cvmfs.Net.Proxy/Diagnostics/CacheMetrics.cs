using System.Diagnostics.Metrics;
using Cvmfs.Net.Proxy.Storage;
using static Cvmfs.Net.Proxy.Diagnostics.ProxyMetrics;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>What is kept in which tier, and what had to go. Thread-safe.</summary>
internal sealed class CacheMetrics(Meter meter)
{
    private const string Prefix = "cvmfs.cacheproxy.cache.";

    private readonly Counter<long> _spoolErrors = meter.CreateCounter<long>("cvmfs.cacheproxy.spool.errors", "{failure}", "Times bytes on their way could not be put on disk.");

    /// <summary>Bytes on their way could not be put on disk.</summary>
    public void SpoolFailed() => _spoolErrors.Add(1);

    /// <summary>Follows what the objects of repositories take on disk.</summary>
    public void WatchRepositories(Func<IEnumerable<(string Repository, long Bytes)>> read)
        => meter.CreateObservableGauge(
            Prefix + "repository_used",
            () => read().Select(static usage => new Measurement<long>(usage.Bytes, Tag("repository", usage.Repository))),
            "By",
            "Bytes on disk of the repositories that requests are counted by.");

    /// <summary>Follows what the tiers hold.</summary>
    public void Watch(Func<IEnumerable<(string Tier, TierFigures Figures)>> read)
    {
        Gauge("used", "By", "Bytes of the objects that are kept.", static figures => figures.UsedBytes);
        Gauge("limit", "By", "Bytes that objects may take.", static figures => figures.LimitBytes);
        Gauge("objects", "{object}", "Objects that are kept.", static figures => figures.Objects);
        Gauge("suspended", "{folder}", "Folders that are not written to, because the disk fails or is full.", static figures => figures.Suspended);
        Counter("evictions", "{object}", "Objects that were removed, by reason.", static (tier, figures) =>
            [new(figures.Evictions, Tag("tier", tier), Tag("reason", "space")), new(figures.Damaged, Tag("tier", tier), Tag("reason", "damaged"))]);
        Counter("evicted", "By", "Bytes of the objects that were removed.", static (tier, figures) => [new(figures.EvictedBytes, Tag("tier", tier), Tag("reason", "space"))]);
        Counter("write_errors", "{failure}", "Times the tier could not be written.", static (tier, figures) => [new(figures.WriteErrors, Tag("tier", tier))]);
        Counter("read_errors", "{failure}", "Times the tier could not be read.", static (tier, figures) => [new(figures.ReadErrors, Tag("tier", tier))]);
        meter.CreateObservableGauge(
            Prefix + "oldest_access_timestamp",
            () => read().Where(static entry => entry.Figures.OldestUse is not null)
                .Select(static entry => new Measurement<double>(entry.Figures.OldestUse!.Value.ToUnixTimeMilliseconds() / 1000.0, Tag("tier", entry.Tier))),
            "s",
            "When the object was last asked for that goes next.");

        void Gauge(string name, string unit, string description, Func<TierFigures, long> value)
            => meter.CreateObservableGauge(Prefix + name, () => read().Select(entry => new Measurement<long>(value(entry.Figures), Tag("tier", entry.Tier))), unit, description);

        void Counter(string name, string unit, string description, Func<string, TierFigures, Measurement<long>[]> values)
            => meter.CreateObservableCounter(Prefix + name, () => read().SelectMany(entry => values(entry.Tier, entry.Figures)), unit, description);
    }
}
