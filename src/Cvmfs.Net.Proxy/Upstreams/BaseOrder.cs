namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>In which order equivalent servers are asked. Thread-safe.</summary>
internal sealed class BaseOrder(UpstreamOrder order, UpstreamPool pool, TimeProvider clock)
{
    /// <summary>Of so many requests one goes to another server first, so that what is known of it does not grow old.</summary>
    private const int ExploreEvery = 64;

    private readonly GeoOrder? _geo = order == UpstreamOrder.Geo ? new GeoOrder(pool, clock) : null;
    private int _count;

    /// <summary>Completes when no question is on its way.</summary>
    public Task Settled => _geo?.Asking ?? Task.CompletedTask;

    /// <summary>Sorts servers; those that fail come last, whatever the order.</summary>
    public IReadOnlyList<UpstreamBase> Sort(UpstreamBase[] bases)
    {
        if (bases.Length < 2) return bases;
        IEnumerable<UpstreamBase> sorted = order switch
        {
            UpstreamOrder.Latency => ByLatency(bases),
            UpstreamOrder.Geo => _geo!.Sort(bases),
            _ => bases,
        };
        return [.. sorted.OrderBy(one => one.State.Breaker.WouldAllow ? 0 : 1)];
    }

    private UpstreamBase[] ByLatency(UpstreamBase[] bases)
    {
        // A server that nobody asked yet counts as quick: that is how it gets known.
        var sorted = bases.OrderBy(one => one.State.Latency ?? TimeSpan.Zero).ToArray();
        int count = Interlocked.Increment(ref _count);
        if (count % ExploreEvery == 0)
        {
            int other = 1 + (count / ExploreEvery % (sorted.Length - 1));
            (sorted[0], sorted[other]) = (sorted[other], sorted[0]);
        }

        return sorted;
    }
}
