using System.Collections.Concurrent;

namespace Cvmfs.Net.Proxy.Documents;

/// <summary>When a manifest of each repository last came, from any server: what is absent may be there with the next one. Thread-safe.</summary>
internal sealed class RepositoryNews(TimeProvider clock)
{
    private const int MaxRepositories = 20_000;

    private readonly ConcurrentDictionary<string, long> _arrivals = new(StringComparer.Ordinal);

    /// <summary>Notes that a manifest came.</summary>
    public void Arrived(string repository)
    {
        if (repository.Length > 0 && (_arrivals.Count < MaxRepositories || _arrivals.ContainsKey(repository))) _arrivals[repository] = clock.GetTimestamp();
    }

    /// <summary>Time since one came; null where none did.</summary>
    public TimeSpan? Since(string repository) => _arrivals.TryGetValue(repository, out long at) ? clock.GetElapsedTime(at) : null;
}
