// A verifying cache between clients of CernVM-FS and their servers. One request:
//
//   1 client allowed? ─► 2 RequestClassifier ─► 3 destination allowed? ─┬─ object ─► ProxyCache ─ hit ──────────────┐
//                                                                       │              └ miss ─► RequestCoalescer ─┤
//                                                                       └─ the rest ─► DocumentCache ──────────────┴─► ResponseStreamer
// Must stay true
//   - Closed by default: an address, a server or a URL that nobody configured is refused.
//   - An object leaves whole and right, or visibly cut off. No header of one client reaches what another one reads.
//   - The cache is a help: when its folder fails, requests are answered without it.
// Rules from: RFC 9110–9112, 9209, 9211, and what clients of CernVM-FS make of status codes.
using System.Net;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Caching;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Serving;
using Cvmfs.Net.Proxy.Upstreams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Proxy;

/// <summary>The proxy: answers every request that reaches it. Safe for concurrent use; owns its cache folder until it is disposed.</summary>
public sealed class ProxyMiddleware : IAsyncDisposable
{
    private readonly AccessPolicy _access;
    private readonly UpstreamPool _upstreams;
    private readonly TimeProvider _clock;
    private readonly ProxyMetrics _metrics;
    private readonly RequestJournal _journal;
    private readonly ProxyCache _cache;
    private readonly RequestCoalescer _coalescer;
    private readonly DocumentCache _documents;
    private readonly DocumentResponder _responder;
    private readonly ILogger _logger;

    /// <summary>Opens the cache folder and begins to count what is in it.</summary>
    /// <param name="options">Settings; must not be changed afterwards.</param>
    /// <param name="clock">Source of time; the system's where null.</param>
    /// <param name="loggers">Where messages go; nowhere where null.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is missing, unreadable or out of its range.</exception>
    public ProxyMiddleware(ProxyOptions options, TimeProvider? clock = null, ILoggerFactory? loggers = null)
        : this(options, null, clock, loggers)
    {
    }

    internal ProxyMetrics Metrics => _metrics;

    internal ProxyMiddleware(ProxyOptions options, IObjectStore? store, TimeProvider? clock, ILoggerFactory? loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfInvalid();
        clock ??= TimeProvider.System;
        _logger = loggers?.CreateLogger("Cvmfs.Net.Proxy") ?? NullLogger.Instance;
        if (store is null)
        {
            store = options.Storage.Folders is [var path, ..] ? OpenFolder(path, clock) : new MemoryObjectStore();
        }

        _clock = clock;
        _metrics = new ProxyMetrics(clock);
        _journal = new RequestJournal(_metrics);
        _access = new AccessPolicy(options);
        _upstreams = new UpstreamPool(options, clock);
        _cache = new ProxyCache(store, options.Storage.Folders.Count > 0 ? options.Storage.MaxBytes : options.Storage.MemoryBytes, _metrics, _logger);
        _coalescer = new RequestCoalescer(_cache, _upstreams, options, clock);
        _documents = new DocumentCache(_upstreams, options.Documents, options.Storage.Folders.FirstOrDefault(), clock, _logger);
        _responder = new DocumentResponder(_documents, _upstreams, clock);
        _metrics.Cache.Watch(() => [new TierUsage("disk", _cache.Bytes, options.Storage.MaxBytes, _cache.Count, null)]);
        _cache.StartCounting();
    }

    /// <summary>Objects in the cache, as far as they are counted: counting what an earlier run left takes a while.</summary>
    public int CachedObjects => _cache.Count;

    /// <summary>Bytes of the objects in the cache, as far as they are counted.</summary>
    public long CachedBytes => _cache.Bytes;

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

    /// <summary>Waits for the fetches that run, then closes connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _documents.DisposeAsync().ConfigureAwait(false);
        await _coalescer.DisposeAsync().ConfigureAwait(false);
        await _cache.DisposeAsync().ConfigureAwait(false);
        _upstreams.Dispose();
        _metrics.Dispose();
    }

    private static FileObjectStore OpenFolder(string path, TimeProvider clock)
    {
        var folder = new FileObjectStore(path);
        folder.SweepTransactions(clock.GetUtcNow()); // the folder is ours alone: what lies there is of a run that died
        return folder;
    }

    private async Task<(ProxyOutcome Outcome, long Bytes)> AnswerAsync(HttpContext context)
    {
        var http = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        bool isHead = HttpMethods.IsHead(http.Method);
        if (!_access.AllowsClient(context.Connection.RemoteIpAddress)) return await RefuseAsync(context, 403, "this client is not allowed").ConfigureAwait(false);
        if (!isHead && !HttpMethods.IsGet(http.Method)) return await RefuseAsync(context, 405, "only GET and HEAD are served").ConfigureAwait(false);
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            return await RefuseAsync(context, 400, "a request for content has no body").ConfigureAwait(false);
        }

        if (context.Request.Headers.Via.Any(static via => via?.Contains(ErrorAnswer.Via, StringComparison.OrdinalIgnoreCase) == true))
        {
            return await RefuseAsync(context, 508, "the request has been here before").ConfigureAwait(false);
        }

        if (RequestClassifier.Classify(http.RawTarget) is not { } request) return await RefuseAsync(context, 400, "not the target of a request").ConfigureAwait(false);
        if (!_access.Allows(request, _upstreams.HasConfigured)) return await RefuseAsync(context, 403, "this server is not allowed").ConfigureAwait(false);

        // A client that saw bad bytes asks past all caches; a name that proves its bytes is checked instead.
        bool suspicious = context.Request.Headers.CacheControl.Any(static value => value?.Contains("no-cache", StringComparison.OrdinalIgnoreCase) == true);
        return request.Key is { } key
            ? await AnswerObjectAsync(context, request, key, suspicious).ConfigureAwait(false)
            : await _responder.AnswerAsync(context, request).ConfigureAwait(false);
    }

    private async Task<(ProxyOutcome Outcome, long Bytes)> AnswerObjectAsync(HttpContext context, ProxyRequest request, ObjectKey key, bool suspicious)
    {
        if (suspicious) await _cache.RecheckAsync(key, context.RequestAborted).ConfigureAwait(false);
        var stored = await _cache.OpenAsync(key, context.RequestAborted).ConfigureAwait(false);
        if (stored is not null)
        {
            await using (stored.ConfigureAwait(false)) return (ProxyOutcome.Hit, await ResponseStreamer.SendStoredAsync(context, stored).ConfigureAwait(false));
        }

        if (HttpMethods.IsHead(context.Request.Method)) return await PassThrough.SendAsync(context, request, _upstreams).ConfigureAwait(false);
        if (!suspicious && _documents.Absent.Contains(request))
        {
            await ResponseStreamer.SendNotFoundAsync(context).ConfigureAwait(false);
            return (ProxyOutcome.NotFound, 0);
        }

        var (transfer, isFirst) = _coalescer.Join(key, request);
        try
        {
            var ended = await ResponseStreamer.SendTransferAsync(context, transfer, isFirst).ConfigureAwait(false);
            if (ended.Outcome == ProxyOutcome.NotFound && isFirst) _documents.Absent.Add(request);
            return ended;
        }
        finally
        {
            transfer.Leave();
        }
    }

    private async Task<(ProxyOutcome Outcome, long Bytes)> RefuseAsync(HttpContext context, int status, string reason)
    {
        if (_logger.IsEnabled(LogLevel.Debug)) _logger.Refused(context.Connection.RemoteIpAddress?.ToString() ?? "?", reason);
        await ErrorAnswer.RefuseAsync(context, status, reason).ConfigureAwait(false);
        return (ProxyOutcome.Refused, 0);
    }
}
