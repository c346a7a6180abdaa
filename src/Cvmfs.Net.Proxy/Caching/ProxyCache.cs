using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Caching;

/// <summary>Objects of all repositories, one entry per object, within a number of bytes. Thread-safe.</summary>
/// <remarks>A failing store makes misses, never errors: whoever asks goes on to the server.</remarks>
internal sealed class ProxyCache(IObjectStore store, long maxBytes, ProxyMetrics metrics, ILogger logger) : IAsyncDisposable
{
    private readonly Eviction _eviction = new(maxBytes);
    private readonly CancellationTokenSource _closing = new();
    private Task _scan = Task.CompletedTask;

    /// <summary>Bytes stored, as far as they are counted.</summary>
    public long Bytes => _eviction.Bytes;

    /// <summary>Objects stored, as far as they are counted.</summary>
    public int Count => _eviction.Count;

    /// <summary>Begins to count what an earlier run left. Requests need not wait: an object that is there is served, counted or not.</summary>
    public void StartCounting() => _scan = CountAsync(_closing.Token);

    /// <summary>Completes when everything that an earlier run left is counted.</summary>
    public Task WhenCounted => _scan;

    /// <summary>Whether an object is stored.</summary>
    public async ValueTask<bool> ContainsAsync(ObjectKey key)
    {
        try
        {
            return await store.ContainsAsync(key).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            ReportStoreFailure(failure);
            return false;
        }
    }

    /// <summary>Opens a stored object; null when there is none, or the store cannot give it. The caller disposes the stream.</summary>
    public async ValueTask<Stream?> OpenAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            var stream = await store.OpenReadAsync(key, cancellationToken).ConfigureAwait(false);
            if (stream is null) _eviction.Remove(key);
            else if (!_eviction.Touch(key)) _eviction.Add(key, stream.Length);
            return stream;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            ReportStoreFailure(failure);
            return null;
        }
    }

    /// <summary>Begins an object.</summary>
    public ValueTask<ObjectWriter> BeginWriteAsync(ObjectKey key, CancellationToken cancellationToken)
        => store.BeginWriteAsync(key.Hash.Algorithm, key.Suffix, cancellationToken);

    /// <summary>Counts an object that was committed, and makes room.</summary>
    public async ValueTask AddedAsync(ObjectKey key, long bytes, CancellationToken cancellationToken)
    {
        _eviction.Add(key, bytes);
        await MakeRoomAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Hashes a stored object and removes it when it is damaged: a client has seen bad bytes somewhere.</summary>
    public async ValueTask RecheckAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var stream = await OpenAsync(key, cancellationToken).ConfigureAwait(false);
        if (stream is null) return;
        using var hasher = ContentHasher.Create(key.Hash.Algorithm);
        await using (stream.ConfigureAwait(false))
        {
            byte[] buffer = new byte[64 << 10];
            for (int read; (read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;) hasher.Append(buffer.AsSpan(0, read));
        }

        long length = hasher.Length;
        var actual = hasher.GetHashAndReset();
        if (actual == key.Hash) return;
        ReportCorruption(ObjectIntegrityException.Mismatch(key, actual, length, store.Location));
        _eviction.Remove(key);
        await store.DeleteAsync(key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Counts and logs bytes that were not the object they were to be.</summary>
    public void ReportCorruption(ObjectIntegrityException wrong)
    {
        string server = Uri.TryCreate(wrong.Origin, UriKind.Absolute, out var origin) && !origin.IsFile ? origin.Authority : "cache";
        metrics.Upstream.Mismatched(server, EndpointName.Of(Routing.RequestKind.Object, wrong.Expected.Suffix));
        logger.CorruptObject(wrong.Expected, wrong.Origin, wrong);
    }

    /// <summary>Counts and logs a store that cannot be used.</summary>
    public void ReportStoreFailure(Exception failure)
    {
        metrics.Cache.WriteFailed("disk");
        logger.StoreFailed(store.Location, failure);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _scan.ConfigureAwait(false);
        _closing.Dispose();
    }

    private async Task CountAsync(CancellationToken cancellationToken)
    {
        await Task.Yield(); // listing a large folder takes a while, and nobody waits for it
        try
        {
            await foreach (var key in store.EnumerateAsync(cancellationToken).ConfigureAwait(false))
            {
                var stream = await store.OpenReadAsync(key, cancellationToken).ConfigureAwait(false);
                if (stream is null) continue;
                await using (stream.ConfigureAwait(false)) _eviction.AddUnused(key, stream.Length);
            }

            await MakeRoomAsync(cancellationToken).ConfigureAwait(false);
            logger.CacheCounted(store.Location, Count, Bytes);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            logger.CountingStopped(store.Location);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            ReportStoreFailure(failure);
        }
    }

    private async ValueTask MakeRoomAsync(CancellationToken cancellationToken)
    {
        while (_eviction.TryTakeVictim(out var victim, out long bytes))
        {
            try
            {
                await store.DeleteAsync(victim, cancellationToken).ConfigureAwait(false);
                metrics.Cache.Evicted("disk", "space", bytes);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                ReportStoreFailure(failure); // counted out all the same: the next start counts it in again
            }
        }
    }
}
