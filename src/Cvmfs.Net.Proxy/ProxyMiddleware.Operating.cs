using System.Net.Security;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Proxy.Administration;
using Cvmfs.Net.Proxy.Configuration;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Storage;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy;

/// <content>What those who run the proxy ask of it: how it is doing, other settings, an end.</content>
public sealed partial class ProxyMiddleware
{
    private readonly DateTimeOffset _started;
    private readonly ProxyOptions _startOptions;
    private volatile ProxyOptions _options;
    private volatile SslStreamCertificateContext? _identity;
    private volatile string? _settingsProblem;
    private volatile IReadOnlyList<string> _awaitingRestart = [];
    private volatile bool _isDraining;
    private long _reloads;
    private long _refusedReloads;

    /// <summary>The settings in use, except those that hold from the next start only.</summary>
    internal ProxyOptions Options => _options;

    /// <summary>What is shown to those who ask by <c>https</c>; null where nobody can.</summary>
    internal SslStreamCertificateContext? Identity => _identity;

    /// <summary>Whether the proxy was told to end.</summary>
    internal bool IsDraining => _isDraining;

    /// <summary>Takes over other settings without touching a request that runs: who may ask for what, the access log, the script for clients,
    /// times and limits. What is fixed while the proxy runs is named in the answer.</summary>
    /// <param name="options">The new settings; must not be changed afterwards.</param>
    /// <returns>Names of settings that hold from the next start on, such as <c>storage.folders</c>.</returns>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting cannot work; the old ones stay.</exception>
    public IReadOnlyList<string> Reconfigure(ProxyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfInvalid();
        var access = new AccessPolicy(options);
        var identity = TlsIdentity.Read(options.Tls); // also where the settings are the same: the files may have been renewed
        _awaitingRestart = SettingDifferences.AwaitingRestart(_startOptions, options);
        _access = access;
        _identity = identity;
        _accessLog.Apply(options.AccessLog);
        _upstreams.Apply(options.Upstream);
        LiveSettings.Copy(options, _startOptions);
        _options = options;
        _settingsProblem = null;
        Interlocked.Increment(ref _reloads);
        return _awaitingRestart;
    }

    /// <summary>Notes that newer settings could not be taken over, for metrics and status.</summary>
    /// <param name="problems">What is wrong with them.</param>
    public void ReportRefusedSettings(string problems)
    {
        _settingsProblem = problems;
        Interlocked.Increment(ref _refusedReloads);
        _logger.SettingsRefused(problems);
    }

    /// <summary>Opens the access log again: somebody has put its file aside.</summary>
    public void ReopenAccessLog() => _accessLog.Reopen();

    /// <summary>Says that the program will end: the health check fails from here on, so that no new clients are sent here.</summary>
    public void BeginDrain() => _isDraining = true;

    /// <summary>Removes an object.</summary>
    /// <returns>Whether it was kept.</returns>
    internal bool Purge(ContentHash hash) => _cache.Remove(hash);

    /// <summary>Completes when everything that was fetched before is on disk.</summary>
    internal Task FlushAsync() => _cache.FlushAsync();

    /// <summary>Requests that wait for a fetch which another one began.</summary>
    internal int Waiting => _transfers.Joined + _documents.Waiting;

    /// <summary>How the proxy is doing.</summary>
    internal ProxyStatus Status() => new()
    {
        Started = _started,
        Now = _clock.GetUtcNow(),
        Requests = [.. Enum.GetValues<RequestResult>().Select(_metrics.Requests)],
        Sent = [.. Enum.GetValues<RequestResult>().Select(_metrics.Sent)],
        Clients = _metrics.Clients,
        Running = _metrics.RunningRequests,
        Transfers = _transfers.Count,
        Tiers = [.. Tiers()],
        Servers = [.. Servers()],
        Repositories = ProxyStatus.Top(_metrics.Repositories.All),
        StoredBytes = UsageOfRepositories(),
        LostLines = _accessLog.Dropped,
        SettingsProblem = _settingsProblem,
        AwaitingRestart = _awaitingRestart,
    };

    private void Watch()
    {
        _metrics.WatchCounter("access_log.lines", "Lines written to the access log.", () => _accessLog.Written);
        _metrics.WatchCounter("access_log.dropped", "Lines that the access log lost.", () => _accessLog.Dropped);
        _metrics.WatchCounter("settings.taken", "Times newer settings were taken over.", () => Interlocked.Read(ref _reloads));
        _metrics.WatchCounter("settings.refused", "Times newer settings could not be used.", () => Interlocked.Read(ref _refusedReloads));
        _metrics.Watch("collapsed_waiters", "Requests that wait for a fetch which another one began.", () => Waiting);
        _metrics.Watch("queued_requests", "Requests that wait for a connection to a server.", () => _upstreams.Waiting);
        _metrics.Watch("concurrency_limit", "Requests of clients at a time: as many as there may be connections.", () => _options.Clients.MaxConnections);
        _metrics.WatchManifests(() => _documents.Manifests);
        _metrics.Watch("open_files", "Open files and connections of the process.", OpenDescriptors.Count);
        _metrics.Watch("open_files_limit", "How many there may be; 0 where that is not known.", OpenDescriptors.Limit);
        _metrics.Cache.Watch(Tiers);
        _metrics.Cache.WatchRepositories(() => UsageOfRepositories().Select(static usage => (usage.Key, usage.Value)));
        _metrics.Upstream.Watch(() => _upstreams.Health.All.Select(server => (server.Name, !server.Breaker.IsOpen, _upstreams.BusyWith(server))));
    }

    private IEnumerable<(string Tier, TierFigures Figures)> Tiers() => [("memory", _cache.MemoryFigures), ("disk", _cache.DiskFigures)];

    /// <summary>Bytes on disk by the names that requests are counted by: as many as those, and no more.</summary>
    private Dictionary<string, long> UsageOfRepositories()
    {
        var names = _metrics.Repositories;
        var usage = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (repository, bytes) in _cache.UsageByRepository())
        {
            string name = names.Find(Encoding.ASCII.GetBytes(repository)).Name;
            usage[name] = usage.GetValueOrDefault(name) + bytes;
        }

        return usage;
    }

    private IEnumerable<ServerStatus> Servers() => _upstreams.Health.All.Select(static server => new ServerStatus(
        server.Name, server.Breaker.IsOpen ? "down" : "up", server.Latency, server.Counts.Requests, server.Counts.Failures));

    /// <summary>Answers a request for the script that names the proxies.</summary>
    private async Task<long> SendScriptAsync(HttpContext context)
    {
        byte[] script = ProxyScript.For(context.Connection.RemoteIpAddress, _options.Script);
        context.Response.ContentType = ProxyScript.ContentType;
        context.Response.ContentLength = script.Length;
        context.Response.Headers.CacheControl = "private, max-age=300"; // another client begins at another proxy
        if (HttpMethods.IsHead(context.Request.Method)) return 0;
        await context.Response.Body.WriteAsync(script, context.RequestAborted).ConfigureAwait(false);
        return script.Length;
    }
}
