namespace Cvmfs.Net.Server.Hints;

/// <summary>Lets a number of hints per minute pass for each repository: a bucket that fills up evenly. Thread-safe.</summary>
/// <remarks>Asked only for senders that proved who they are.</remarks>
internal sealed class HintRate(int perMinute, TimeProvider time)
{
    private const int MaxBuckets = 10_000; // far more repositories than any server has; a sender that makes up names starts the count anew

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (double Tokens, long At)> _buckets = [];

    /// <summary>Whether one more may pass.</summary>
    /// <param name="repository">For whom.</param>
    /// <param name="retryAfter">When one may again; zero if it may now.</param>
    public bool TryPass(string repository, out TimeSpan retryAfter)
    {
        lock (_gate)
        {
            long now = time.GetTimestamp();
            var (tokens, at) = _buckets.TryGetValue(repository, out var bucket) ? bucket : (perMinute, now);
            tokens = Math.Min(perMinute, tokens + time.GetElapsedTime(at, now).TotalMinutes * perMinute);
            if (_buckets.Count >= MaxBuckets) _buckets.Clear();
            bool mayPass = tokens >= 1;
            retryAfter = mayPass ? TimeSpan.Zero : TimeSpan.FromMinutes((1 - tokens) / perMinute);
            _buckets[repository] = (mayPass ? tokens - 1 : tokens, now);
            return mayPass;
        }
    }
}
