using System.Collections.Concurrent;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Remembers which upstreams failed a moment ago, so that others are asked first.</summary>
internal sealed class UpstreamHealth(TimeProvider clock)
{
    /// <summary>How long one failure counts. Short: asking a dead server once in a while costs little, missing its return costs more.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, long> _failedAt = new(StringComparer.Ordinal);

    public void Failed(Uri upstream) => _failedAt[upstream.Authority] = clock.GetTimestamp();

    public void Answered(Uri upstream) => _failedAt.TryRemove(upstream.Authority, out _);

    /// <summary>The same upstreams, the ones that failed lately behind the others; otherwise in the given order.</summary>
    public IEnumerable<Uri> Order(IEnumerable<Uri> upstreams) => upstreams.OrderBy(IsSuspect);

    private bool IsSuspect(Uri upstream)
        => _failedAt.TryGetValue(upstream.Authority, out long at) && clock.GetElapsedTime(at) < Memory;
}
