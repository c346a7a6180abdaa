// Prefetch/ fetches ahead what every client will ask for once it sees a new revision, so that the flip of a thousand clients meets a warm cache.
//
//   new revision ─► certificate, root catalog, whitelist at once ─► (optional, after a random wait) nested catalogs that replace cached ones
//
// Must stay true
//   - Files are never fetched ahead, and no more than the configured bytes a second.
//   - Nothing waits for it, and nothing fails because of it. What is not wanted any more, as the next revision came, is given up.
//   - Catalogs are decoded within bounds: they are the only content this proxy ever decodes.
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Routing;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Prefetch;

/// <summary>Warms the cache at each new revision. Thread-safe.</summary>
internal sealed class RevisionPrefetcher(ObjectSource objects, DocumentCache documents, ProxyDocumentOptions options, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    /// <summary>Revisions that are looked after at a time; further ones are left to the clients.</summary>
    private const int MaxRunning = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (ulong Revision, Task Task)> _running = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Begins to fetch what belongs to a new revision. Returns at once.</summary>
    /// <param name="request">The request that brought it.</param>
    /// <param name="before">The manifest before; without one clients have asked for everything already.</param>
    /// <param name="manifest">The new one.</param>
    public void Begin(ProxyRequest request, Manifest? before, Manifest manifest)
    {
        if (before is null || options.Prefetch == PrefetchMode.None || before.RootCatalog == manifest.RootCatalog) return;
        string name = CacheName.Of(request);
        lock (_lock)
        {
            if (_running.Count >= MaxRunning || _closing.IsCancellationRequested) return;
            var earlier = _running.TryGetValue(name, out var running) ? running.Task : Task.CompletedTask;
            _running[name] = (manifest.Revision, RunAsync(name, request, before, manifest, earlier));
        }
    }

    /// <summary>Ends what runs.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_lock)
        {
            _closing.Cancel();
            running = [.. _running.Values.Select(static one => one.Task)];
        }

        await Task.WhenAll(running).ConfigureAwait(false);
        _closing.Dispose();
        _oneAtATime.Dispose();
    }

    private async Task RunAsync(string name, ProxyRequest request, Manifest before, Manifest manifest, Task earlier)
    {
        await Task.Yield(); // not under the lock
        try
        {
            if (manifest.CertificateKey is { } certificate) await objects.BringAsync(request.Beside(ObjectPath.Of(certificate)), _closing.Token).ConfigureAwait(false);
            bool isThere = await objects.BringAsync(request.Beside(ObjectPath.Of(manifest.RootCatalogKey)), _closing.Token).ConfigureAwait(false) is not null;
            await documents.GetAsync(request.Beside(".cvmfswhitelist"), refresh: false, _closing.Token).ConfigureAwait(false);
            if (isThere && options.Prefetch == PrefetchMode.NestedCatalogs) await FollowAsync(name, request, before, manifest).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The proxy closes.
        }
        catch (Exception odd) when (odd is CvmfsException or IOException)
        {
            logger.PrefetchEnded(name, manifest.Revision, odd);
        }
        finally
        {
            lock (_lock)
            {
                if (_running.TryGetValue(name, out var running) && running.Revision == manifest.Revision) _running.Remove(name);
            }

            await earlier.ConfigureAwait(false);
        }
    }

    /// <summary>Fetches the nested catalogs that took the place of cached ones, level by level.</summary>
    private async Task FollowAsync(string name, ProxyRequest request, Manifest before, Manifest manifest)
    {
        await Task.Delay(options.PrefetchJitter * Random.Shared.NextDouble(), clock, _closing.Token).ConfigureAwait(false);
        await _oneAtATime.WaitAsync(_closing.Token).ConfigureAwait(false); // decoded catalogs are large
        try
        {
            var pace = new Pace(options.PrefetchBytesPerSecond, clock);
            var walk = new CatalogChanges(objects);
            var changed = new Queue<(ContentHash Old, ContentHash New)>([(before.RootCatalog, manifest.RootCatalog)]);
            while (changed.TryDequeue(out var pair) && IsWanted(name, manifest.Revision))
            {
                foreach (var (old, next) in await walk.ReadAsync(pair.Old, pair.New, _closing.Token).ConfigureAwait(false))
                {
                    if (!IsWanted(name, manifest.Revision)) return;
                    if (await objects.BringAsync(request.Beside(ObjectPath.Of(new ObjectKey(next, ObjectSuffix.Catalog))), _closing.Token).ConfigureAwait(false) is not { } bytes) continue;
                    await pace.SpendAsync(bytes, _closing.Token).ConfigureAwait(false);
                    changed.Enqueue((old, next));
                }
            }
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    private bool IsWanted(string name, ulong revision)
    {
        lock (_lock) return _running.TryGetValue(name, out var latest) && latest.Revision == revision;
    }

}
