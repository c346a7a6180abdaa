using Cvmfs.Net.Hashing;
using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy.Documents;

/// <summary>Objects that a server did not have a moment ago: per server and hash, because another server may have them. Thread-safe.</summary>
/// <remarks>Short-lived on purpose, and forgotten for a repository whose next revision comes: what was absent may have been published.</remarks>
internal sealed class AbsentObjects(RepositoryNews news, TimeProvider clock)
{
    private const int MaxEntries = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Server, ContentHash Hash), (string Repository, long Until)> _entries = [];
    private readonly Queue<((string Server, ContentHash Hash) Name, long Until)> _order = new();

    /// <summary>Notes that the server that was asked has no such object.</summary>
    public void Add(ProxyRequest request)
    {
        if (request.Key is not { } key) return;
        var life = news.Since(request.Repository) is { } since && since < DocumentLifetimes.Absence ? since : DocumentLifetimes.Absence;
        if (life <= TimeSpan.Zero) return;
        long now = clock.GetTimestamp();
        long until = now + (long)(life.TotalSeconds * clock.TimestampFrequency);
        var name = (ServerOf(request), key.Hash);
        lock (_lock)
        {
            // Entries end in nearly the order they began; what is left of an early end goes when its turn comes.
            while (_order.TryPeek(out var oldest) && (oldest.Until <= now || _order.Count >= MaxEntries))
            {
                _order.Dequeue();
                if (_entries.TryGetValue(oldest.Name, out var entry) && entry.Until == oldest.Until) _entries.Remove(oldest.Name);
            }

            _entries[name] = (request.Repository, until);
            _order.Enqueue((name, until));
        }
    }

    /// <summary>Whether the server that a request names is known not to have the object.</summary>
    public bool Contains(ProxyRequest request)
    {
        if (request.Key is not { } key) return false;
        lock (_lock) return _entries.Count > 0 && _entries.TryGetValue((ServerOf(request), key.Hash), out var entry) && entry.Until > clock.GetTimestamp();
    }

    /// <summary>Forgets what a repository lacked.</summary>
    public void Forget(string repository)
    {
        lock (_lock)
        {
            foreach (var (name, entry) in _entries)
            {
                if (string.Equals(entry.Repository, repository, StringComparison.Ordinal)) _entries.Remove(name);
            }
        }
    }

    private static string ServerOf(ProxyRequest request) => request.IsForward ? request.Authority : "";
}
