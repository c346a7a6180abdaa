using System.Globalization;

namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>What is known of a server, parent or sibling. Thread-safe.</summary>
/// <param name="server">Scheme, host and port.</param>
/// <param name="clock">Source of time.</param>
internal sealed class ServerState(Uri server, TimeProvider clock)
{
    private const double Weight = 0.2; // of the newest answer: the last ten count for nine tenths

    private readonly Lock _lock = new();
    private double _averageSeconds = -1;
    private long _requests;
    private long _failures;
    private UpstreamFailure _lastFailure;
    private int _exchanges;

    /// <summary>Scheme, host and port; the path counts for nothing.</summary>
    public Uri Server { get; } = server;

    /// <summary>Scheme, host and port, as they stand before a path.</summary>
    public string Root { get; } = server.GetLeftPart(UriPartial.Authority);

    /// <summary>Host, and port where it is not that of the scheme: what stands in the field <c>Host</c>, and the name in metrics.</summary>
    public string Name { get; } = server.IsDefaultPort ? HostOf(server) : string.Create(CultureInfo.InvariantCulture, $"{HostOf(server)}:{server.Port}");

    /// <summary>What follows the path in every request for this server.</summary>
    public byte[]? Tail { get; set; }

    /// <summary>Keeps requests away while it fails.</summary>
    public CircuitBreaker Breaker { get; } = new(clock);

    /// <summary>Moving average of the time to the first byte; null before the first answer.</summary>
    public TimeSpan? Latency
    {
        get { lock (_lock) return _averageSeconds < 0 ? null : TimeSpan.FromSeconds(_averageSeconds); }
    }

    /// <summary>Requests that were sent, those that failed, and how the last of these did.</summary>
    public (long Requests, long Failures, UpstreamFailure LastFailure) Counts
    {
        get { lock (_lock) return (_requests, _failures, _lastFailure); }
    }

    /// <summary>Exchanges under way that no own connection pool knows of: those over TLS.</summary>
    public int Exchanges => Volatile.Read(ref _exchanges);

    /// <summary>Takes note that such an exchange begins.</summary>
    public void BeginExchange() => Interlocked.Increment(ref _exchanges);

    /// <summary>Takes note that such an exchange has ended.</summary>
    public void EndExchange() => Interlocked.Decrement(ref _exchanges);

    /// <summary>Takes note of the head of an answer.</summary>
    public void Answered(TimeSpan after)
    {
        lock (_lock)
        {
            _requests++;
            _averageSeconds = _averageSeconds < 0 ? after.TotalSeconds : ((1 - Weight) * _averageSeconds) + (Weight * after.TotalSeconds);
        }
    }

    /// <summary>Takes note of a failure, with or without an answer.</summary>
    /// <param name="failure">What it was.</param>
    /// <param name="wasAnswered">Whether the request was counted already, when its head came.</param>
    public void Failed(UpstreamFailure failure, bool wasAnswered)
    {
        lock (_lock)
        {
            if (!wasAnswered) _requests++;
            _failures++;
            _lastFailure = failure;
        }

        Breaker.Failed();
    }

    private static string HostOf(Uri server) => server.HostNameType == UriHostNameType.IPv6 ? $"[{server.IdnHost}]" : server.IdnHost;
}
