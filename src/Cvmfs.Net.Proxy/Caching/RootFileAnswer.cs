using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Caching;

/// <summary>A small mutable answer, whole, with what is needed to say how old it is. Immutable.</summary>
internal sealed record RootFileAnswer
{
    /// <summary>Status of the server's answer; 0 where there was none.</summary>
    public int Status { get; init; }

    public ReadOnlyMemory<byte> Body { get; init; }

    public string? ContentType { get; init; }

    public string? CacheControl { get; init; }

    /// <summary>Age that the answer had when it came.</summary>
    public TimeSpan AgeOnArrival { get; init; }

    /// <summary>Clock's timestamp of its arrival.</summary>
    public long ArrivedAt { get; init; }

    /// <summary>Life from its arrival on.</summary>
    public TimeSpan Lifetime { get; init; }

    /// <summary>The server forbids to show it after its life.</summary>
    public bool MustRevalidate { get; init; }

    /// <summary>Revision, for a manifest.</summary>
    public ulong? Revision { get; init; }

    /// <summary>Why there is no answer.</summary>
    public UpstreamFailure Failure { get; init; }

    /// <summary>Too long to be kept in memory: to be asked for again and passed through.</summary>
    public bool IsTooLong { get; init; }
}
