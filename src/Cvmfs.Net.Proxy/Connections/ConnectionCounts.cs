using Cvmfs.Net.Proxy.Diagnostics;

namespace Cvmfs.Net.Proxy.Connections;

/// <summary>Counts connections of clients, over all listeners. Thread-safe.</summary>
internal sealed class ConnectionCounts
{
    private long _open;
    private long _refused;
    private long _handedOver;

    public ConnectionCounts(ProxyMetrics metrics)
    {
        metrics.Watch("connections", "Open connections of clients.", () => Open);
        metrics.WatchCounter("connections.refused", "Connections closed at once, or idle ones before their time: a limit was reached.", () => Interlocked.Read(ref _refused));
        metrics.WatchCounter("connections.handed_over", "Connections that went on to the web server, for their requests are not plain.", () => InPipeline);
    }

    /// <summary>Open connections, those of the web server with them.</summary>
    public long Open => Interlocked.Read(ref _open);

    /// <summary>Connections that went on to the web server, so far.</summary>
    public long InPipeline => Interlocked.Read(ref _handedOver);

    public void Opened() => Interlocked.Increment(ref _open);

    public void Closed() => Interlocked.Decrement(ref _open);

    public void Refused() => Interlocked.Increment(ref _refused);

    public void HandedOver() => Interlocked.Increment(ref _handedOver);
}
