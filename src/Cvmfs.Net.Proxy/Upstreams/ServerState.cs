namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>What is known of a server, parent or sibling. Thread-safe.</summary>
/// <param name="name">Scheme, host and port.</param>
/// <param name="clock">Source of time.</param>
internal sealed class ServerState(string name, TimeProvider clock)
{
    private const double Weight = 0.2; // of the newest answer: the last ten count for nine tenths

    private readonly Lock _lock = new();
    private double _averageSeconds = -1;
    private long _requests;
    private long _failures;
    private UpstreamFailure _lastFailure;

    /// <summary>Scheme, host and port.</summary>
    public string Name { get; } = name;

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
}
