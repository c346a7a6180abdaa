// Documents/ answers for everything that changes: manifests, whitelists and other root files, server documents, geo answers, external data.
//
//   request ─► fresh? ─ yes ─► answer (and, near its end, one fetch in the background)
//                └ no ─► one fetch for all who ask ─► form right? ─► trusted? ─► not older than what was shown? ─► kept ─► answer
//                          └ fails ─► the old one stands in for a while, with its honest age
// Must stay true
//   - A root file lives 61 s from its server on, through all caches, and every answer says its age.
//   - Nobody is shown an older revision than the one before, not even after a restart, until the newer one was not seen for a quarter of an hour.
//   - A page that is no manifest is neither kept nor passed on as one.
//   - Names are server and path; no header of a client is part of a name or goes on to a server.
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Serving;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Proxy.Upstreams;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Documents;

/// <summary>Small answers that change, kept in memory by server and path; root files also on disk. Thread-safe.</summary>
internal sealed class DocumentCache : IAsyncDisposable
{
    /// <summary>While a server fails it is asked no more often than this for a document that something stands in for.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Lock _keeping = new();
    private readonly Dictionary<string, Task<(CachedDocument? Document, UpstreamProblem Problem)>> _running = new(StringComparer.Ordinal);
    private readonly DocumentTable _rootFiles;
    private readonly DocumentTable _others;
    private readonly DocumentFetcher _fetcher;
    private readonly ManifestTrust? _trust;
    private readonly KeptRootFiles _kept;
    private readonly RepositoryNews _news;
    private readonly ProxyDocumentOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _closing = new();
    private int _waiting;

    /// <summary>Reads what an earlier run left.</summary>
    /// <param name="upstreams">Where documents come from.</param>
    /// <param name="options">Settings, already checked.</param>
    /// <param name="folder">Folder of the cache; null for none, then nothing outlives this run.</param>
    /// <param name="files">The disk.</param>
    /// <param name="clock">Source of time.</param>
    /// <param name="logger">Where messages go.</param>
    public DocumentCache(UpstreamPool upstreams, ProxyDocumentOptions options, string? folder, StorageFiles files, TimeProvider clock, ILogger logger)
    {
        (_options, _clock, _logger) = (options, clock, logger);
        _rootFiles = new DocumentTable(options.MaxDocuments, options.MaxBytes);
        _others = new DocumentTable(options.MaxDocuments, options.MaxBytes);
        _fetcher = new DocumentFetcher(upstreams, new DocumentLifetimes(options), options, clock, logger);
        _news = new RepositoryNews(clock);
        Absent = new AbsentObjects(_news, clock);
        if (options.MasterKeyFiles.Count > 0) _trust = new ManifestTrust(this, upstreams, options.MasterKeyFiles, clock);
        _kept = new KeptRootFiles(folder, options, files, clock, logger);
        foreach (var (name, document) in _kept.Load()) _rootFiles.Set(name, document);
    }

    /// <summary>Objects that servers did not have a moment ago.</summary>
    public AbsentObjects Absent { get; }

    /// <summary>Told of every new revision: the request that brought it, the manifest before (null for the first), and the manifest.</summary>
    /// <remarks>Called while the fetch is being kept: must return at once.</remarks>
    public Action<ProxyRequest, Manifest?, Manifest>? NewRevision { get; set; }

    /// <summary>Documents held.</summary>
    public int Count => _rootFiles.Count + _others.Count;

    /// <summary>Requests that wait for a fetch which another one began.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>The manifests that may still be shown, and how long ago they left their servers.</summary>
    public IEnumerable<(string Repository, TimeSpan Age)> Manifests
        => _rootFiles.ToList().Select(static entry => entry.Document)
            .Where(document => document is { Kind: RequestKind.Manifest, Status: 200, IsTooLong: false } && document.MayStandIn(_clock))
            .Select(document => (document.Repository, document.AgeAt(_clock)));

    /// <summary>Finds a document that is alive, without waiting for anything. Near the end of its life a newer one is fetched meanwhile.</summary>
    public bool TryFind(in RequestTarget target, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out CachedDocument? found)
    {
        found = null;
        if (target.Kind == RequestKind.Object) return false;
        Span<char> name = stackalloc char[CacheName.Room(target)];
        found = TableOf(target.Kind).Find(name[..CacheName.Write(target, name)]);
        if (found is null || found.IsTooLong || !found.IsFresh(_clock))
        {
            found = null;
            return false;
        }

        if (found.TryClaimRefresh(_clock)) StartRefresh(target.ToRequest());
        return true;
    }

    /// <summary>Whether a document is here that answers a request as it is.</summary>
    public bool Has(ProxyRequest request, CacheDirectives wishes)
        => TableOf(request.Kind).Find(CacheName.Of(request)) is { IsTooLong: false } known && Suits(known, wishes, request) is not null;

    /// <summary>As below, for clients that ask for nothing special but perhaps a newer answer.</summary>
    public Task<DocumentAnswer> GetAsync(ProxyRequest request, bool refresh, CancellationToken cancellationToken)
        => GetAsync(request, refresh ? CacheDirectives.Refresh : default, cancellationToken);

    /// <summary>A document that is alive, or one fetched now together with everybody who asks meanwhile, or an old one while its server fails.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="wishes">The client's <c>Cache-Control</c>.</param>
    /// <param name="cancellationToken">The client left; the fetch goes on for the others.</param>
    public async Task<DocumentAnswer> GetAsync(ProxyRequest request, CacheDirectives wishes, CancellationToken cancellationToken)
    {
        string name = CacheName.Of(request);
        var known = TableOf(request.Kind).Find(name);
        if (known is not null && Suits(known, wishes, request) is { } outcome) return new DocumentAnswer(known, outcome);
        if (wishes.OnlyIfCached) return DocumentAnswer.NotStored;

        var (fetch, isFirst) = Join(request, name, wishes.NoCache);
        if (!isFirst) Interlocked.Increment(ref _waiting);
        CachedDocument? document;
        UpstreamProblem problem;
        try
        {
            (document, problem) = await fetch.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!isFirst) Interlocked.Decrement(ref _waiting);
        }

        if (known is { Status: 200, IsTooLong: false })
        {
            if (document is not null && IsBehind(document, known)) return new DocumentAnswer(known, ProxyOutcome.Stale);
            if (document is null && !wishes.NoCache && known.MayStandIn(_clock)) return new DocumentAnswer(known, ProxyOutcome.Stale);
        }

        return new DocumentAnswer(document, document is null ? ProxyOutcome.UpstreamFailed : !isFirst ? ProxyOutcome.Joined : document.IsRevalidated ? ProxyOutcome.Revalidated : ProxyOutcome.Miss, problem);
    }

    /// <summary>Ends the fetches that run and writes what a next run needs.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        Task[] running;
        lock (_lock) running = [.. _running.Values];
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _kept.SaveAsync(_rootFiles.ToList()).ConfigureAwait(false);
        await _kept.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    /// <summary>Whether a document answers a request as it is, and as what.</summary>
    private ProxyOutcome? Suits(CachedDocument known, CacheDirectives wishes, ProxyRequest request)
    {
        if (wishes.NoCache || known.AgeAt(_clock) > (wishes.MaxAge ?? TimeSpan.MaxValue)) return null;
        var remaining = known.Remaining(_clock);
        if (remaining > TimeSpan.Zero && remaining >= (wishes.MinFresh ?? TimeSpan.Zero))
        {
            if (known.TryClaimRefresh(_clock)) StartRefresh(request);
            return ProxyOutcome.Hit;
        }

        if (wishes.MinFresh is not null || known is not { Status: 200, IsTooLong: false }) return null;
        if (wishes.MaxStale >= -remaining && known.MayStandIn(_clock)) return ProxyOutcome.Stale;
        if (known.StandsInFor(_clock)) return ProxyOutcome.Stale;
        if (!known.MayBridge(_clock) || wishes.OnlyIfCached) return null;
        StartRefresh(request); // one asks; the others need not wait for the answer
        return ProxyOutcome.Stale;
    }

    private DocumentTable TableOf(RequestKind kind)
        => kind is RequestKind.Manifest or RequestKind.Whitelist or RequestKind.RootFile or RequestKind.ServerDocument ? _rootFiles : _others;

    private void StartRefresh(ProxyRequest request) => _ = Join(request, CacheName.Of(request), bypassCaches: false);

    private (Task<(CachedDocument? Document, UpstreamProblem Problem)> Fetch, bool IsFirst) Join(ProxyRequest request, string name, bool bypassCaches)
    {
        string running = bypassCaches ? "no-cache " + name : name; // who asks past caches must not be given what a cache said
        lock (_lock)
        {
            if (_running.TryGetValue(running, out var fetch)) return (fetch, false);
            return (_running[running] = FetchAndKeepAsync(request, name, running, bypassCaches), true);
        }
    }

    /// <summary>Runs apart from its callers, so that the one who came first may leave.</summary>
    private async Task<(CachedDocument? Document, UpstreamProblem Problem)> FetchAndKeepAsync(ProxyRequest request, string name, string running, bool bypassCaches)
    {
        await Task.Yield(); // not under the lock
        try
        {
            Func<ReadOnlyMemory<byte>, Task>? accept = _trust is not null && request.Kind == RequestKind.Manifest
                ? manifest => _trust.RequireAsync(request, manifest, bypassCaches, _closing.Token)
                : null;
            var fetched = await _fetcher.FetchAsync(request, TableOf(request.Kind).Find(name), bypassCaches, _news.Since(request.Repository), accept, _closing.Token).ConfigureAwait(false);
            Keep(request, name, fetched.Document);
            return fetched;
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            return (null, new UpstreamProblem(UpstreamFailure.Unreachable, 0));
        }
        finally
        {
            lock (_lock) _running.Remove(running);
        }
    }

    /// <summary>Keeps what came, unless something newer is there. One at a time: an ordinary fetch and one past all caches may end together.</summary>
    private void Keep(ProxyRequest request, string name, CachedDocument? document)
    {
        lock (_keeping) KeepOne(request, name, document);
    }

    private void KeepOne(ProxyRequest request, string name, CachedDocument? document)
    {
        var table = TableOf(request.Kind);
        var known = table.Find(name);
        if (document is null || (known is not null && IsBehind(document, known)))
        {
            if (document is not null) _logger.OlderDocument(name, document.Serial!.Value.Revision, known!.Serial!.Value.Revision);
            known?.RetryAfter(_clock.GetTimestamp() + (long)(Retry.TotalSeconds * _clock.TimestampFrequency));
            return;
        }

        bool isNew = document.Serial is { } serial && serial != known?.Serial;
        if (request.Kind == RequestKind.Manifest && document.Status == 200)
        {
            _news.Arrived(request.Repository);
            if (isNew) Announce(request, known, document);
        }

        if (document.Lifetime == DocumentLifetime.None) return;
        table.Set(name, document);
        if (document.Serial is not null) _kept.Changed(_rootFiles.ToList, isNew);
    }

    private void Announce(ProxyRequest request, CachedDocument? known, CachedDocument document)
    {
        // What was absent may have come with this revision.
        Absent.Forget(request.Repository);
        if (request.Repository.Length > 0) _rootFiles.RemoveWhere(old => old.Status != 200 && old.Repository == request.Repository);
        NewRevision?.Invoke(request, known?.Serial is null ? null : Manifest.Parse(known.Body), Manifest.Parse(document.Body));
    }

    /// <summary>Whether a document is older than the one shown before, and that one was still seen not long ago.</summary>
    private bool IsBehind(CachedDocument document, CachedDocument known)
        => document.Serial is { } serial && known.Serial is { } before && serial.IsBefore(before) && _clock.GetElapsedTime(known.ArrivedAt) < _options.RollbackHold;
}
