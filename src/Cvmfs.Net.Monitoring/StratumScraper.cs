// The scraper looks at servers from outside, as clients do, and believes what clients would believe.
//
//   ScrapeTarget ─► ServerScrape ─┬─ repositories.json, meta.json
//     (16 at a time,              ├─ RepositoryScrape ─► manifest, whitelist ─► ManifestVerifier
//      30 s each)                 │                   ├─► ObjectProbe: certificate, root catalog, history, samples: hashed
//                                 │                   └─► status file and its older kin
//                                 ├─ GeoProbe      every 15 minutes at most
//                                 └─ NetworkProbe  names, every address by itself, TLS
//                                  ─► ServerReport ─► Tracking/ (what changed?) ─► Checks/ (is it well?) ─► Reporting/ (JSON, Prometheus)
// Must stay true
//   - A failure is a result: whatever a server does, there is a report, and the other servers do not notice.
//   - One broken document spoils no other; one broken repository spoils no other.
//   - Time is limited per request and per server. Reports stand in the order of the targets.
using System.Collections.Concurrent;
using Cvmfs.Net.Monitoring.Scraping;

namespace Cvmfs.Net.Monitoring;

/// <summary>Scrapes servers in parallel. Safe for concurrent use; dispose it to close its connections.</summary>
public sealed class StratumScraper : IDisposable
{
    private const int SamplersAtATime = 2;

    private readonly ScraperOptions _options;
    private readonly Dialer _dialer;
    private readonly HttpMessageInvoker _invoker;
    private readonly ConcurrentDictionary<string, SlowFacts> _facts = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _factsInOrder = new();
    private readonly SemaphoreSlim _samplers = new(SamplersAtATime);

    /// <summary>Creates a scraper; contacts nobody yet.</summary>
    /// <param name="options">Defaults where null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number or time of the options is not positive.</exception>
    public StratumScraper(ScraperOptions? options = null)
    {
        _options = options ?? new ScraperOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxServers, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.MaxRequestsPerServer, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(_options.RequestTimeout, TimeSpan.Zero, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(_options.ServerTimeout, TimeSpan.Zero, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.Retries, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(_options.SamplesPerRepository, nameof(options));
        _dialer = new Dialer(_options);
        _invoker = new HttpMessageInvoker(_options.Handler ?? _dialer.CreateHandler(), disposeHandler: _options.Handler is null);
    }

    /// <summary>Scrapes servers given as <c>host</c>, <c>host:port</c> or URL.</summary>
    /// <exception cref="FormatException">One of them is none of these; nothing was contacted.</exception>
    public Task<IReadOnlyList<ServerReport>> ScrapeAsync(IEnumerable<string> servers, CancellationToken cancellationToken = default)
        => ScrapeAsync([.. servers.Select(ScrapeTarget.Parse)], cancellationToken: cancellationToken);

    /// <summary>Scrapes servers; a report for each, in their order.</summary>
    /// <param name="targets">The servers.</param>
    /// <param name="progress">Told of each server as soon as it is done, in that order; called on the thread that finished it.</param>
    /// <param name="cancellationToken">Cancels the whole run; then there are no reports.</param>
    /// <exception cref="ArgumentException">A bucket without names of repositories; nobody was contacted.</exception>
    public async Task<IReadOnlyList<ServerReport>> ScrapeAsync(
        IReadOnlyList<ScrapeTarget> targets, IProgress<ServerReport>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(targets);
        Validate(targets);
        using var slots = new SemaphoreSlim(_options.MaxServers);
        return await Task.WhenAll(targets.Select(target => RunAsync(target, slots, progress, cancellationToken))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _invoker.Dispose();
        _samplers.Dispose();
    }

    private static void Validate(IReadOnlyList<ScrapeTarget> targets)
    {
        foreach (var target in targets)
        {
            if (target is { Backend: ServerBackend.S3, Repositories.Count: 0 })
            {
                throw new ArgumentException($"{target.Name} is a bucket, which has no list: name the repositories to ask for.", nameof(targets));
            }
        }
    }

    /// <summary>How many servers' slow facts are kept. For tests.</summary>
    internal int FactsKept => _facts.Count;

    /// <summary>What is kept of a server; of the one that came first, nothing any more, where there are too many.</summary>
    private SlowFacts FactsOf(ScrapeTarget target)
    {
        string key = $"{target.Name} {target.BaseUrl.AbsoluteUri}";
        if (_facts.TryGetValue(key, out var known)) return known;
        var fresh = new SlowFacts();
        if (!_facts.TryAdd(key, fresh)) return _facts.GetOrAdd(key, fresh);
        _factsInOrder.Enqueue(key);
        while (_facts.Count > _options.MaxServersKept && _factsInOrder.TryDequeue(out string? oldest)) _facts.TryRemove(oldest, out _);
        return fresh;
    }

    private async Task<ServerReport> RunAsync(ScrapeTarget target, SemaphoreSlim slots, IProgress<ServerReport>? progress, CancellationToken cancellationToken)
    {
        await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var limit = new CancellationTokenSource(_options.ServerTimeout, _options.TimeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            using var client = new EndpointClient(_invoker, _dialer, _options, either.Token, cancellationToken) { Objects = new ObjectBudget(target.ObjectBudget) };
            var network = _options is { ProbeNetwork: true, Handler: null, Proxy: null } ? new NetworkProbe(_dialer, _options, target.BaseUrl, either.Token, cancellationToken) : null;
            var facts = FactsOf(target);
            var report = await new ServerScrape(target, client, _options, network, facts, _samplers).RunAsync(_options.TimeProvider.GetTimestamp(), either.Token).ConfigureAwait(false);
            progress?.Report(report);
            return report;
        }
        finally
        {
            slots.Release();
        }
    }
}
