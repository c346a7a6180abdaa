using System.Diagnostics.Metrics;
using Cvmfs.Net.Server.Content;
using Cvmfs.Net.Server.Memory;
using Cvmfs.Net.Server.Objects;

namespace Cvmfs.Net.Server.Diagnostics;

/// <summary>Instruments of one server, in the meter <c>Cvmfs.Net.Server</c>.</summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Cvmfs.Net.Server";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _requests;
    private readonly Counter<long> _sent;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _readThrough;
    private readonly UpDownCounter<long> _connections;

    public ServerMetrics()
    {
        _requests = _meter.CreateCounter<long>("cvmfs.server.requests", "{request}", "Requests for content, by kind and class of status.");
        _sent = _meter.CreateCounter<long>("cvmfs.server.sent", "By", "Content bytes of the answers, before ranges.");
        _duration = _meter.CreateHistogram<double>("cvmfs.server.disk.duration", "s", "Time from a request that memory could not answer to its answer.");
        _readThrough = _meter.CreateCounter<long>("cvmfs.server.read_through", "{object}", "Objects asked of the upstream for clients, by outcome.");
        _connections = _meter.CreateUpDownCounter<long>("cvmfs.server.connections", "{connection}", "Open connections of the event loops.");
        MemoryHits = _meter.CreateCounter<long>("cvmfs.server.memory.hits", "{request}", "Requests answered from the objects in memory.");
        EarlyMisses = _meter.CreateCounter<long>("cvmfs.server.misses.early", "{request}", "Requests for absent objects that were answered without the disk.");
        Damaged = _meter.CreateCounter<long>("cvmfs.server.damaged", "{object}", "Files that did not hold what their names say, as far as that was noticed.");
        Refused = _meter.CreateCounter<long>("cvmfs.server.connections.refused", "{connection}", "Connections closed at once, for a limit was reached.");
        HandedOver = _meter.CreateCounter<long>("cvmfs.server.connections.handed_over", "{connection}", "Connections that went on to the web server's own pipeline.");
    }

    public Counter<long> MemoryHits { get; }

    public Counter<long> EarlyMisses { get; }

    public Counter<long> Damaged { get; }

    public Counter<long> Refused { get; }

    public Counter<long> HandedOver { get; }

    /// <summary>The counters, for a listener that wants those of one server only.</summary>
    public IReadOnlyList<Instrument> Instruments => [_requests, _sent, _duration, _readThrough, _connections, MemoryHits, EarlyMisses, Damaged, Refused, HandedOver];

    /// <summary>Whether anybody wants durations.</summary>
    public bool MeasuresDurations => _duration.Enabled;

    /// <summary>Follows what is in memory.</summary>
    public void Watch(HotObjects hot)
    {
        _meter.CreateObservableGauge("cvmfs.server.memory.size", () => hot.Bytes, "By", "Bytes of the objects in memory.");
        _meter.CreateObservableGauge("cvmfs.server.memory.objects", () => hot.Count, "{object}", "Objects in memory.");
    }

    public void Answered(RequestedResource resource, in Answer answer)
    {
        if (_requests.Enabled)
        {
            string kind = resource switch
            {
                RequestedResource.Object => "object",
                RequestedResource.AlternativeName => "alternative",
                RequestedResource.RootFile => "root",
                _ => "other",
            };
            string status = answer.Kind switch { AnswerKind.NotFound => "4xx", AnswerKind.Failed => "5xx", _ => "2xx" };
            _requests.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("status", status));
        }

        if (_sent.Enabled && answer.Length > 0) _sent.Add(answer.Length);
    }

    public void AnsweredFromDisk(TimeSpan duration) => _duration.Record(duration.TotalSeconds);

    public void ReadThrough(string outcome) => _readThrough.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void Opened() => _connections.Add(1);

    public void Closed() => _connections.Add(-1);

    public void Dispose() => _meter.Dispose();
}
