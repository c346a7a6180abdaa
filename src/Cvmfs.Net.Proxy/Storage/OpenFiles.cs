using System.Collections.Concurrent;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Proxy.Storage;

/// <summary>Large objects whose files are open, up to a number. Finding takes no lock. Safe for concurrent use.</summary>
internal sealed class OpenFiles(int maxFiles) : IDisposable
{
    private readonly ConcurrentDictionary<ContentHash, ObjectFile> _files = new();
    private readonly Lock _lock = new();
    private readonly Queue<ContentHash> _ring = new();

    /// <summary>Files that are open.</summary>
    public int Count => _files.Count;

    /// <summary>Finds an open file and takes a lease of it.</summary>
    public bool TryAcquire(in ContentHash hash, out ObjectFile? file)
    {
        if (!_files.TryGetValue(hash, out file)) return false;
        file.Touch();
        return file.TryAcquire();
    }

    /// <summary>Adds a file and takes over the lease of whoever opened it. Another one may be closed for it.</summary>
    public void Add(in ContentHash hash, ObjectFile file)
    {
        lock (_lock)
        {
            if (!_files.TryAdd(hash, file))
            {
                file.Release();
                return;
            }

            _ring.Enqueue(hash);
            for (int steps = 2 * _ring.Count; _files.Count > maxFiles && steps > 0; steps--)
            {
                var oldest = _ring.Dequeue();
                if (!_files.TryGetValue(oldest, out var candidate)) continue; // removed before
                if (steps > _ring.Count && candidate.TakeTouched()) _ring.Enqueue(oldest);
                else if (_files.TryRemove(oldest, out var closed)) closed.Release();
            }

            if (_ring.Count > 2 * maxFiles) Compact();
        }
    }

    /// <summary>Closes the file of an object.</summary>
    public void Remove(in ContentHash hash)
    {
        if (_files.TryRemove(hash, out var file)) file.Release();
    }

    public void Dispose()
    {
        foreach (var hash in _files.Keys) Remove(hash);
    }

    /// <summary>Forgets the places of files that were removed.</summary>
    private void Compact()
    {
        var kept = _ring.Where(_files.ContainsKey).Distinct().ToList();
        _ring.Clear();
        foreach (var hash in kept) _ring.Enqueue(hash);
    }
}
