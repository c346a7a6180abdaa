using Cvmfs.Net.Proxy.Routing;

namespace Cvmfs.Net.Proxy.Documents;

/// <summary>A small answer that may change, whole, with what is needed to say how old it is. Immutable but for two notes of its use.</summary>
internal sealed class CachedDocument
{
    private int _refreshing;
    private long _retryAt = long.MinValue;

    public required RequestKind Kind { get; init; }

    /// <summary>Repository by the path that was asked for; empty where there is none.</summary>
    public required string Repository { get; init; }

    /// <summary>Status of the server's answer.</summary>
    public required int Status { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    public string? ContentType { get; init; }

    public string? CacheControl { get; init; }

    public string? ETag { get; init; }

    public string? LastModified { get; init; }

    /// <summary>Where a redirection leads.</summary>
    public string? Location { get; init; }

    /// <summary>The server that it came from; null where an earlier run asked.</summary>
    public string? Upstream { get; init; }

    /// <summary>Age that the answer had when it came.</summary>
    public required TimeSpan AgeOnArrival { get; init; }

    /// <summary>Clock's timestamp of its arrival.</summary>
    public required long ArrivedAt { get; init; }

    /// <summary>How long it may be kept and shown.</summary>
    public required DocumentLifetime Lifetime { get; init; }

    /// <summary>Order among the versions of a manifest or whitelist; null for others.</summary>
    public DocumentSerial? Serial { get; init; }

    /// <summary>Whether <see cref="ETag"/> and <see cref="LastModified"/> tell this version from the next: a file that had been written in the very
    /// second in which it was sent may be written again in the same.</summary>
    public bool IsSettled { get; init; }

    /// <summary>Whether its server said that it has changed in nothing, in place of sending it again.</summary>
    public bool IsRevalidated { get; init; }

    /// <summary>Longer than what is kept: only a note to ask for it again and pass it through.</summary>
    public bool IsTooLong { get; init; }

    /// <summary>Present age.</summary>
    public TimeSpan AgeAt(TimeProvider clock) => AgeOnArrival + clock.GetElapsedTime(ArrivedAt);

    /// <summary>Present age in whole seconds; what the field <c>Age</c> says.</summary>
    public long AgeSeconds(TimeProvider clock) => (long)Math.Round(AgeAt(clock).TotalSeconds);

    /// <summary>Life that is left; negative once it is over.</summary>
    public TimeSpan Remaining(TimeProvider clock) => Lifetime.Life - clock.GetElapsedTime(ArrivedAt);

    /// <summary>Whether it may be shown without asking anybody.</summary>
    public bool IsFresh(TimeProvider clock) => Remaining(clock) > TimeSpan.Zero;

    /// <summary>Whether it may be shown while a newer one is fetched.</summary>
    public bool MayBridge(TimeProvider clock) => Remaining(clock) > -Lifetime.WhileRefreshing;

    /// <summary>Whether it may be shown in place of an answer that does not come.</summary>
    public bool MayStandIn(TimeProvider clock) => Remaining(clock) > -Lifetime.IfError;

    /// <summary>Whether it stands in and the server was asked in vain a moment ago.</summary>
    public bool StandsInFor(TimeProvider clock) => clock.GetTimestamp() < Volatile.Read(ref _retryAt) && MayStandIn(clock);

    /// <summary>Notes that asking again makes no sense before a timestamp.</summary>
    public void RetryAfter(long timestamp) => Volatile.Write(ref _retryAt, timestamp);

    /// <summary>Whether most of the life is over and this caller is the one to ask for a newer one.</summary>
    public bool TryClaimRefresh(TimeProvider clock)
        => Remaining(clock) < Lifetime.Life * (1 - Lifetime.RefreshFrom) && Volatile.Read(ref _refreshing) == 0 && Interlocked.Exchange(ref _refreshing, 1) == 0;
}
