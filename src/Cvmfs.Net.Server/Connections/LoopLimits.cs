namespace Cvmfs.Net.Server.Connections;

/// <summary>What an event loop bears from one client. The same numbers as the web server's own limits.</summary>
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
}
