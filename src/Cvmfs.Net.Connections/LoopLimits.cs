using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Cvmfs.Net.Connections;

/// <summary>What an event loop bears from one client. Mostly the web server's own limits.</summary>
internal sealed record LoopLimits
{
    /// <summary>How long a client may be silent between requests.</summary>
    public TimeSpan KeepAlive { get; init; }

    /// <summary>How long the head of a request may take.</summary>
    public TimeSpan RequestHead { get; init; }

    /// <summary>Slowest rate, in bytes per second, at which a client may take an answer.</summary>
    public double MinBytesPerSecond { get; init; }

    /// <summary>Over how long that rate is measured.</summary>
    public TimeSpan RatePeriod { get; init; }

    /// <summary>Connections at once; null for no limit.</summary>
    public long? MaxConnections { get; init; }

    /// <summary>Connections at once from one address.</summary>
    public int MaxConnectionsPerAddress { get; init; }

    /// <summary>The same for addresses of this machine itself, where it is another number.</summary>
    public int? MaxConnectionsPerLoopbackAddress { get; init; }

    /// <summary>Whether at <see cref="MaxConnections"/> the client that has been idle for longest goes for a new one; otherwise the new one goes.</summary>
    public bool EvictsIdle { get; init; }

    /// <summary>Connections that may wait to be taken.</summary>
    public int Backlog { get; init; } = 1024;

    /// <summary>The web server's own limits.</summary>
    public static LoopLimits Of(KestrelServerLimits limits) => new()
    {
        KeepAlive = limits.KeepAliveTimeout,
        RequestHead = limits.RequestHeadersTimeout,
        MinBytesPerSecond = limits.MinResponseDataRate?.BytesPerSecond ?? 0,
        RatePeriod = limits.MinResponseDataRate?.GracePeriod ?? TimeSpan.FromSeconds(10),
        MaxConnections = limits.MaxConcurrentConnections,
        MaxConnectionsPerAddress = int.MaxValue,
    };
}
