using Cvmfs.Net.Connections;

namespace Cvmfs.Net.Proxy.Connections;

/// <summary>The limits of clients as the settings in use have them, made anew when those change. Thread-safe.</summary>
internal sealed class ClientLimits(Func<ProxyClientOptions> options)
{
    private volatile Made? _made;

    /// <summary>The limits in force.</summary>
    public LoopLimits Get()
    {
        var (made, now) = (_made, options());
        if (made is null || made.From != now) _made = made = new Made(now, Of(now));
        return made.Limits;
    }

    private static LoopLimits Of(ProxyClientOptions clients) => new()
    {
        KeepAlive = clients.IdleTimeout,
        RequestHead = clients.HeadTimeout,
        MinBytesPerSecond = clients.MinSendBytesPerSecond,
        RatePeriod = clients.SendRatePeriod,
        MaxConnections = clients.MaxConnections,
        MaxConnectionsPerAddress = clients.MaxConnectionsPerAddress ?? ProxyClientOptions.UsualConnectionsPerAddress,
        MaxConnectionsPerLoopbackAddress = clients.MaxConnectionsPerAddress ?? int.MaxValue,
        EvictsIdle = true,
        Backlog = clients.Backlog,
    };

    private sealed record Made(ProxyClientOptions From, LoopLimits Limits);
}
