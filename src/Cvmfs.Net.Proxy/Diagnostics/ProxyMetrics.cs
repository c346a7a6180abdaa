using System.Diagnostics.Metrics;
using Cvmfs.Net.Proxy.Serving;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>Instruments of one proxy, in the meter <c>Cvmfs.Net.Proxy</c>.</summary>
internal sealed class ProxyMetrics : IDisposable
{
    private readonly Meter _meter = new("Cvmfs.Net.Proxy");
    private readonly Counter<long> _requests;
    private readonly Counter<long> _sent;

    public ProxyMetrics()
    {
        _requests = _meter.CreateCounter<long>("cvmfs.proxy.requests", "{request}", "Requests by how they ended.");
        _sent = _meter.CreateCounter<long>("cvmfs.proxy.sent", "By", "Body bytes sent to clients.");
        Corrupt = _meter.CreateCounter<long>("cvmfs.proxy.corrupt", "{object}", "Objects whose bytes did not match their name.");
        Evicted = _meter.CreateCounter<long>("cvmfs.proxy.evicted", "{object}", "Objects removed to make room.");
        StoreFailures = _meter.CreateCounter<long>("cvmfs.proxy.store.failures", "{failure}", "Times the cache folder could not be used.");
    }

    public Counter<long> Corrupt { get; }

    public Counter<long> Evicted { get; }

    public Counter<long> StoreFailures { get; }

    public void Ended(ProxyOutcome outcome, long bytes)
    {
        _requests.Add(1, new KeyValuePair<string, object?>("outcome", outcome.ToString()));
        if (bytes > 0) _sent.Add(bytes);
    }

    public void Dispose() => _meter.Dispose();
}
