// A verifying cache between clients of CernVM-FS and their servers. One request:
//
//   1 client allowed? ─► 2 RequestClassifier ─► 3 destination allowed? ─┬─ object ─► ObjectCache ─ hit ─────────────┐
//                                                                       │              └ miss ─► TransferTable ─────┤
//                                                                       └─ the rest ─► DocumentCache ───────────────┴─► Serving/
// Must stay true
//   - Closed by default: an address, a server or a URL that nobody configured is refused.
//   - An object leaves whole and right, or visibly cut off. No header of one client reaches what another one reads.
//   - The cache is a help: when its folder fails, requests are answered without it.
// Rules from: RFC 9110–9112, 9209, 9211, and what clients of CernVM-FS make of status codes.
using System.Net;
using Cvmfs.Net.Proxy.AccessLogging;
using Cvmfs.Net.Proxy.Connections;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Prefetch;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Serving;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Proxy.Transfers;
using Cvmfs.Net.Proxy.Upstreams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Proxy;

/// <summary>The proxy: answers every request that reaches it. Safe for concurrent use; owns its cache folder until it is disposed.</summary>
public sealed partial class ProxyMiddleware : IAsyncDisposable
{
    private volatile AccessPolicy _access;
    private readonly UpstreamPool _upstreams;
    private readonly TimeProvider _clock;
    private readonly ProxyMetrics _metrics;
    private readonly AccessLog _accessLog;
    private readonly RequestJournal _journal;
    private readonly ObjectCache _cache;
    private readonly TransferTable _transfers;
    private readonly ObjectResponder _objects;
    private readonly DocumentCache _documents;
    private readonly DocumentResponder _responder;
    private readonly RevisionPrefetcher _prefetcher;
    private readonly Tunnels _tunnels;
    private readonly ILogger _logger;
    private readonly RefusalNotices _notices;

    /// <summary>Opens the cache folder.</summary>
    /// <param name="options">Settings; must not be changed afterwards.</param>
    /// <param name="clock">Source of time; the system's where null.</param>
    /// <param name="loggers">Where messages go; nowhere where null.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is missing, unreadable or out of its range.</exception>
    public ProxyMiddleware(ProxyOptions options, TimeProvider? clock = null, ILoggerFactory? loggers = null)
        : this(options, clock, loggers, null)
    {
    }

    /// <summary>The same on a disk of the caller's.</summary>
    internal ProxyMiddleware(ProxyOptions options, TimeProvider? clock, ILoggerFactory? loggers, StorageFiles? files)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfInvalid();
        clock ??= TimeProvider.System;
        _logger = loggers?.CreateLogger("Cvmfs.Net.Proxy") ?? NullLogger.Instance;
        (_clock, _started, _options, _startOptions) = (clock, clock.GetUtcNow(), options, options);
        _identity = TlsIdentity.Read(options.Tls);
        _metrics = new ProxyMetrics(clock);
        _accessLog = new AccessLog(options.AccessLog, clock, _logger);
        _journal = new RequestJournal(_metrics, _accessLog);
        _access = new AccessPolicy(options);
        _notices = new RefusalNotices(_logger);
        _upstreams = new UpstreamPool(options, clock) { Metrics = _metrics.Upstream, Notices = _notices };
        files ??= new StorageFiles();
        _cache = ObjectCache.Open(options.Storage, clock, _logger, files);
        _documents = new DocumentCache(_upstreams, options.Documents, options.Storage.Folders.FirstOrDefault(), files, clock, _logger);
        _responder = new DocumentResponder(_documents, _upstreams, clock);
        _transfers = new TransferTable(new TransferServices(_cache, _upstreams, _documents.Absent, options.Upstream.MaxObjectBytes, options.Upstream.KeepFromSiblings, _metrics, clock, _logger));
        _objects = new ObjectResponder(_cache, _transfers, _documents.Absent, _upstreams, clock);
        _prefetcher = new RevisionPrefetcher(new CachedObjectSource(_cache, _transfers), _documents, options.Documents, clock, _logger);
        _documents.NewRevision = _prefetcher.Begin;
        _tunnels = new Tunnels(_upstreams, clock);
        Connections = new ConnectionCounts(_metrics);
        Watch();
    }

    internal ProxyMetrics Metrics => _metrics;

    internal ConnectionCounts Connections { get; }

    /// <summary>Makes what event loops of one listener use.</summary>
    /// <param name="time">The time of connections.</param>
    internal ProxyLoops CreateLoops(TimeProvider time) => new(
        () => _access, () => _upstreams.HasConfigured, _cache, _transfers, _documents, _metrics, _journal, Connections, Pseudonym, _clock, time, _logger);

    /// <summary>Objects in the cache.</summary>
    public int CachedObjects => (int)_cache.Count;

    /// <summary>What this very proxy calls itself in <c>Via</c> of what it sends.</summary>
    internal string Pseudonym => _upstreams.Pseudonym;

    /// <summary>Answers a request. Never passes it on to other middleware: what is not served here is refused.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var (outcome, bytes) = (ProxyOutcome.ClientLeft, 0L);
        long started = _clock.GetTimestamp();
        _metrics.Began();
        try
        {
            (outcome, bytes) = await AnswerAsync(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left; what it started goes on for the others.
        }
        finally
        {
            _metrics.Finished();
            bool isAllowed = _access.AllowsClient(context.Connection.RemoteIpAddress);
            _journal.Write(PipelineRecord.Of(context, outcome, bytes, _clock.GetElapsedTime(started), isAllowed, _journal));
        }
    }

    /// <summary>Ends the fetches that run, then closes connections and the cache.</summary>
    public async ValueTask DisposeAsync()
    {
        await _prefetcher.DisposeAsync().ConfigureAwait(false);
        await _transfers.DisposeAsync().ConfigureAwait(false);
        await _documents.DisposeAsync().ConfigureAwait(false);
        await _cache.DisposeAsync().ConfigureAwait(false);
        _upstreams.Dispose();
        await _accessLog.DisposeAsync().ConfigureAwait(false);
        _metrics.Dispose();
    }

    private async Task<(ProxyOutcome Outcome, long Bytes)> AnswerAsync(HttpContext context)
    {
        var http = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        bool isHead = http.Method == HttpMethods.Head; // methods are names in this very case
        if (!_access.AllowsClient(context.Connection.RemoteIpAddress))
        {
            _notices.Client(context.Connection.RemoteIpAddress);
            return await RefuseAsync(context, 403, "this client is not allowed").ConfigureAwait(false);
        }

        bool isTunnel = http.Method == HttpMethods.Connect && _access.HasTunnels;
        if (!isHead && !isTunnel && http.Method != HttpMethods.Get) return await RefuseAsync(context, 405, "only GET and HEAD are served").ConfigureAwait(false);
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            return await RefuseAsync(context, 400, "a request for content has no body").ConfigureAwait(false);
        }

        if (HeadRules.Fault(context.Request.Headers) is { } fault) return await RefuseAsync(context, 400, fault).ConfigureAwait(false);
        if (context.Request.Headers.Via.Any(via => via?.Contains(_upstreams.Pseudonym, StringComparison.OrdinalIgnoreCase) == true))
        {
            return await RefuseAsync(context, 508, "the request has been here before").ConfigureAwait(false);
        }

        if (isTunnel) return await _tunnels.AnswerAsync(context, http.RawTarget, _access, _options.Clients).ConfigureAwait(false);
        if (RequestClassifier.Classify(http.RawTarget) is not { } request) return await RefuseAsync(context, 400, "not the target of a request").ConfigureAwait(false);
        if (request.Kind == RequestKind.ProxyScript && !request.IsForward && _options.Script.Proxies.Count > 0) return (ProxyOutcome.Hit, await SendScriptAsync(context).ConfigureAwait(false));
        if (!_access.Allows(request, _upstreams.HasConfigured))
        {
            if (request is { IsForward: true, Kind: not RequestKind.External }) _notices.Server($"{request.Host}:{request.Port}");
            return await RefuseAsync(context, 403, "this server is not allowed").ConfigureAwait(false);
        }

        if (context.Request.Headers.ContainsKey(UpstreamPool.SiblingHeader)) request = request with { IsFromSibling = true };

        // A client that saw bad bytes asks past all caches; a name that proves its bytes is checked instead.
        bool suspicious = context.Request.Headers.CacheControl.Any(static value => value?.Contains("no-cache", StringComparison.OrdinalIgnoreCase) == true);
        return request.Kind == RequestKind.Object
            ? await _objects.AnswerAsync(context, request, suspicious).ConfigureAwait(false)
            : await _responder.AnswerAsync(context, request).ConfigureAwait(false);
    }

    private async Task<(ProxyOutcome Outcome, long Bytes)> RefuseAsync(HttpContext context, int status, string reason)
    {
        if (_logger.IsEnabled(LogLevel.Debug)) _logger.Refused(context.Connection.RemoteIpAddress?.ToString() ?? "?", reason);
        return (ProxyOutcome.Refused, await ErrorAnswer.RefuseAsync(context, status, reason).ConfigureAwait(false));
    }
}
