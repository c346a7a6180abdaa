namespace Cvmfs.Net.Server;

/// <summary>Lets a number of requests per minute pass for each key: a bucket that fills up evenly. Thread-safe.</summary>
internal sealed class RequestRate<TKey>(int perMinute, TimeProvider time)
    where TKey : notnull
{
    // Far more repositories or askers than any server has; one who comes under so many keys starts the count anew.
    private const int MaxBuckets = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, (double Tokens, long At)> _buckets = [];

    /// <summary>Whether one more may pass.</summary>
    /// <param name="key">For whom.</param>
    /// <param name="retryAfter">When one may again; zero if it may now.</param>
    public bool TryPass(TKey key, out TimeSpan retryAfter)
    {
        lock (_gate)
        {
            long now = time.GetTimestamp();
            var (tokens, at) = _buckets.TryGetValue(key, out var bucket) ? bucket : (perMinute, now);
            tokens = Math.Min(perMinute, tokens + (time.GetElapsedTime(at, now).TotalMinutes * perMinute));
            if (_buckets.Count >= MaxBuckets) _buckets.Clear();
            bool mayPass = tokens >= 1;
            retryAfter = mayPass ? TimeSpan.Zero : TimeSpan.FromMinutes((1 - tokens) / perMinute);
            _buckets[key] = (mayPass ? tokens - 1 : tokens, now);
            return mayPass;
        }
    }
}
