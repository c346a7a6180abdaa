namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>A repository that requests are counted by.</summary>
internal sealed class KnownRepository(string name)
{
    private readonly StripedCounters _counters = new(RequestResults.Count + 1);

    /// <summary>Its name, or <c>other</c>.</summary>
    public string Name => name;

    /// <summary>Counts a request.</summary>
    public void Count(RequestResult result, long bytes)
    {
        _counters.Add((int)result, 1);
        if (bytes > 0) _counters.Add(RequestResults.Count, bytes);
    }

    /// <summary>Requests that ended so.</summary>
    public long Requests(RequestResult result) => _counters.Sum((int)result);

    /// <summary>All requests.</summary>
    public long Requests() => Enumerable.Range(0, RequestResults.Count).Sum(_counters.Sum);

    /// <summary>Body bytes sent.</summary>
    public long Bytes() => _counters.Sum(RequestResults.Count);
}
