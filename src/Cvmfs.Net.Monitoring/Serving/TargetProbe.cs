using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Monitoring.Reporting;
using Cvmfs.Net.Monitoring.Tracking;

namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>Probes one target when asked, in the manner of the blackbox exporter. Only what the fleet has, unless anything is allowed: else this would be a way into the network.</summary>
internal sealed class TargetProbe(Func<MonitoredFleet> current, ScraperOptions options, ObjectAllowances allowances, bool allowsAnyTarget) : IDisposable
{
    private const int ProbesAtATime = 8;

    private readonly SemaphoreSlim _slots = new(ProbesAtATime);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, StratumScraper> _scrapers = new(StringComparer.Ordinal);
    private string? _digest;

    /// <summary>Probes.</summary>
    /// <param name="target">Id of a server or, for the module <c>proxy</c>, of a proxy; or a host or URL.</param>
    /// <param name="module">Name of a module; null for the first.</param>
    /// <param name="budget">Longest time.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>200 with metrics, whatever the target is like; 400 with the reason for what is not known or not allowed; 503 when too many are under way.</returns>
    public async Task<(int Status, string Text)> RunAsync(string? target, string? module, TimeSpan budget, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(target)) return (400, "the parameter target is missing\n");
        if (ProbeModule.All.FirstOrDefault(one => one.Name == (module ?? ProbeModule.All[0].Name)) is not { } way) return (400, $"there is no module {module}: expected {string.Join(", ", ProbeModule.All.Select(one => one.Name))}\n");
        var fleet = current();
        var (asked, proxy) = way.Name == ProbeModule.Proxy ? FindThroughProxy(fleet, target) : (Find(fleet, target), null);
        if (asked is null) return (400, $"{target} is not of this fleet\n");
        if (!await _slots.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false)) return (503, $"{ProbesAtATime} probes are under way\n");
        try
        {
            long start = options.TimeProvider.GetTimestamp();
            var allowance = way.Name == ProbeModule.Objects ? allowances.Of(fleet.Servers.Any(server => ReferenceEquals(server.Target, asked)) ? asked.Name : null) : null;
            if (allowance is not null) asked = asked with { ObjectBudget = allowance.BeginAside() }; // the monitor's own looks have it from the same hour
            var report = await LookAsync(ScraperOf(fleet, way, proxy), asked, budget, cancellationToken).ConfigureAwait(false);
            allowance?.Spend(report?.Repositories.Sum(repository => repository.Objects.Sum(one => one.Bytes)) ?? 0);
            return (200, Write(report, way, options.TimeProvider.GetElapsedTime(start), proxy is not null));
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var scraper in _scrapers.Values) scraper.Dispose();
            _scrapers.Clear();
        }

        _slots.Dispose();
    }

    private async Task<ServerReport?> LookAsync(StratumScraper scraper, ScrapeTarget asked, TimeSpan budget, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(budget, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return (await scraper.ScrapeAsync([asked], cancellationToken: either.Token).ConfigureAwait(false))[0];
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null; // whoever asks has no more time: that is a failure, and it is told in time
        }
        catch (ArgumentException)
        {
            return null; // a bucket without names of repositories
        }
    }

    private string Write(ServerReport? report, ProbeModule way, TimeSpan duration, bool isThroughProxy)
    {
        bool isSuccess = report is not null && way.IsSuccess(report);
        // What is behind a proxy has probes of its own; under the proxy's labels it would be alerted of as the proxy.
        var text = report is null || isThroughProxy ? new PrometheusText() : MetricsReport.Compose(FleetView.Of([report], options.TimeProvider.GetUtcNow()), new MetricsOptions { HidesServer = true });
        if (isThroughProxy)
        {
            text.Family("cvmfs_probe_proxy_up", PrometheusText.Gauge, "Whether a manifest came through the proxy.");
            text.Sample("cvmfs_probe_proxy_up", "", isSuccess ? 1 : 0);
        }

        text.Family("probe_success", PrometheusText.Gauge, "Whether the target is well, as the module sees it.");
        text.Sample("probe_success", "", isSuccess ? 1 : 0);
        text.Family("probe_duration_seconds", PrometheusText.Gauge, "How long the probe took.");
        text.Sample("probe_duration_seconds", "", duration.TotalSeconds);
        return text.ToString();
    }

    /// <summary>By id, or by the address of one that has an id.</summary>
    private ScrapeTarget? Find(MonitoredFleet fleet, string text)
    {
        if (fleet.Servers.FirstOrDefault(server => server.Target.Name == text) is { } named) return named.Target;
        if (!ScrapeTarget.TryParse(text, out var parsed)) return null;
        return fleet.Servers.FirstOrDefault(server => server.Target.BaseUrl == parsed.BaseUrl)?.Target ?? (allowsAnyTarget ? parsed : null);
    }

    /// <summary>A proxy of the fleet file, before the first public replica.</summary>
    private static (ScrapeTarget?, Uri?) FindThroughProxy(MonitoredFleet fleet, string text)
    {
        var proxy = fleet.Fleet?.Proxies.Values.FirstOrDefault(proxy => proxy.Id == text || proxy.Url == text);
        var reference = fleet.Servers.FirstOrDefault(server => server.IsPublic && server.Page.Role == ServerRole.Stratum1);
        return proxy is null || reference is null ? (null, null) : (reference.Target, new Uri(proxy.Url));
    }

    /// <summary>Kept, for a scraper remembers what must not be asked often; made anew for a fleet with other keys.</summary>
    private StratumScraper ScraperOf(MonitoredFleet fleet, ProbeModule way, Uri? proxy)
    {
        lock (_gate)
        {
            if (_digest != fleet.Fleet?.Digest)
            {
                _scrapers.Clear(); // one may be in use; the collector closes what it has
                _digest = fleet.Fleet?.Digest;
            }

            string key = $"{way.Name} {proxy}";
            if (_scrapers.TryGetValue(key, out var known)) return known;
            return _scrapers[key] = new StratumScraper(way.Narrow(fleet.Trusting(options) with { Proxy = proxy }));
        }
    }
}
