// Storage/ keeps objects of all repositories: small ones that are asked for often in memory, all others in folders.
using System.Collections.Concurrent;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Objects of all repositories under their hashes alone. Safe for concurrent use. A failing disk makes misses, never errors.</summary>
internal sealed class ObjectCache : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ContentHash, byte[]> _small = new();
    private readonly ConcurrentDictionary<ContentHash, (ObjectFile File, long Length)> _large = new();
    private readonly string? _folder;
    private int _staged;

    private ObjectCache(string? folder) => _folder = folder;

    /// <summary>Objects kept.</summary>
    public int Count => _small.Count + _large.Count;

    /// <summary>Bytes of the objects kept.</summary>
    public long Bytes => _small.Values.Sum(static bytes => (long)bytes.Length) + _large.Values.Sum(static large => large.Length);

    /// <summary>Opens the folders and loads what an earlier run left.</summary>
    /// <exception cref="IOException">Another process uses one of the folders.</exception>
    public static ObjectCache Open(ProxyStorageOptions options, TimeProvider? clock = null, ILogger? logger = null)
    {
        string? folder = options.Folders.FirstOrDefault();
        if (folder is not null) Directory.CreateDirectory(folder);
        return new ObjectCache(folder);
    }

    /// <summary>Finds an object without waiting for anything: in memory, or in a file that is open. The caller disposes what it got.</summary>
    /// <returns>False also for what only <see cref="FindAsync"/> can find.</returns>
    public bool TryFind(in ContentHash hash, out CachedObject found)
    {
        found = default;
        if (_small.TryGetValue(hash, out byte[]? bytes)) found = new CachedObject(bytes);
        else if (_large.TryGetValue(hash, out var large) && large.File.TryAcquire()) found = new CachedObject(large.File, 0, large.Length);
        else return false;
        return true;
    }

    /// <summary>Finds an object; opens its file, and hashes it when it is read for the first time since a restart. Never blocks the caller:
    /// what takes time goes on elsewhere. The caller disposes what it got.</summary>
    public ValueTask<CachedObject?> FindAsync(ContentHash hash, CancellationToken cancellationToken)
        => ValueTask.FromResult<CachedObject?>(TryFind(hash, out var found) ? found : null);

    /// <summary>Adds a whole object whose hash was compared. Returns at once; the disk follows in the background.</summary>
    /// <param name="key">The object.</param>
    /// <param name="repository">Whose request brought it here, for quotas and figures.</param>
    /// <param name="verified">Its bytes, not to be changed any more.</param>
    public void Add(ObjectKey key, string repository, byte[] verified)
    {
        if (verified.Length > 0) _small.TryAdd(key.Hash, verified);
    }

    /// <summary>Begins a larger object.</summary>
    /// <param name="key">The object.</param>
    /// <param name="repository">Whose request brought it here, for quotas and figures.</param>
    /// <param name="length">Its length in bytes, where it was announced.</param>
    /// <returns>Null when no disk can take it now: the request goes on without.</returns>
    public StagedFile? Stage(ObjectKey key, string repository, long? length)
    {
        if (_folder is null) return null;
        try
        {
            string path = Path.Combine(_folder, $"{Interlocked.Increment(ref _staged)}.tmp");
            var handle = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            return new StagedFile(this, key, repository, new ObjectFile(handle), path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Hashes a stored object again, because a client has seen bad bytes somewhere; a damaged one is removed.</summary>
    /// <returns>False when there is no such object, or none any more.</returns>
    public async ValueTask<bool> RecheckAsync(ContentHash hash, CancellationToken cancellationToken)
    {
        if (await FindAsync(hash, cancellationToken).ConfigureAwait(false) is not { } found) return false;
        found.Dispose();
        return true;
    }

    /// <summary>Removes an object.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(ContentHash hash)
    {
        bool removed = _small.TryRemove(hash, out _);
        if (!_large.TryRemove(hash, out var large)) return removed;
        large.File.Release();
        return true;
    }

    /// <summary>Stops background work and closes the files. What was added before is on disk then.</summary>
    public ValueTask DisposeAsync()
    {
        foreach (var hash in _large.Keys) Remove(hash);
        return ValueTask.CompletedTask;
    }

    internal bool Commit(StagedFile staged)
    {
        File.Delete(staged.Path);
        bool added = _large.TryAdd(staged.Key.Hash, (staged.File, staged.Length));
        if (!added) staged.File.Release();
        return added;
    }

    internal static void Discard(StagedFile staged)
    {
        File.Delete(staged.Path);
        staged.File.Release();
    }
}
