namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Keeps requests from a server that fails, and lets one try now and then. Thread-safe.</summary>
/// <remarks>Opens after five failures in a row, or when half of the last twenty failed; ten seconds later one request may try. When that fails,
/// too, the pause doubles, up to five minutes.</remarks>
internal sealed class CircuitBreaker(TimeProvider clock)
{
    private const int MaxInARow = 5;
    private const int Window = 20;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(5);

    /// <summary>A probe that nobody reports on, because its client left, is given up after this long.</summary>
    private static readonly TimeSpan s_probeLife = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly bool[] _failures = new bool[Window];
    private int _samples;
    private int _inARow;
    private TimeSpan _pause;
    private long _openedAt;
    private long? _probeSince;

    /// <summary>Whether requests are kept away.</summary>
    public bool IsOpen
    {
        get { lock (_lock) return _pause > TimeSpan.Zero; }
    }

    /// <summary>Whether a request would be let through now.</summary>
    public bool WouldAllow
    {
        get { lock (_lock) return MayPass(); }
    }

    /// <summary>Times it opened.</summary>
    public long Openings { get; private set; }

    /// <summary>Whether to send a request. Where true and the breaker is open, this request is the one that tries: report how it ends.</summary>
    public bool TryPass()
    {
        lock (_lock)
        {
            if (!MayPass()) return false;
            if (_pause > TimeSpan.Zero) _probeSince = clock.GetTimestamp();
            return true;
        }
    }

    /// <summary>A request was answered as it should be.</summary>
    public void Succeeded()
    {
        lock (_lock)
        {
            if (_pause > TimeSpan.Zero)
            {
                Array.Clear(_failures);
                (_pause, _probeSince, _samples) = (TimeSpan.Zero, null, 0);
            }

            _inARow = 0;
            _failures[_samples++ % Window] = false;
        }
    }

    /// <summary>A request failed by the server's fault.</summary>
    public void Failed()
    {
        lock (_lock)
        {
            if (_pause > TimeSpan.Zero)
            {
                if (_probeSince is null) return; // sent before it opened
                (_probeSince, _openedAt) = (null, clock.GetTimestamp());
                _pause = _pause * 2 < s_longestPause ? _pause * 2 : s_longestPause;
                return;
            }

            _failures[_samples++ % Window] = true;
            bool halfFailed = _samples >= Window && 2 * _failures.Count(static failed => failed) >= Window;
            if (++_inARow < MaxInARow && !halfFailed) return;
            (_pause, _openedAt, _probeSince) = (s_firstPause, clock.GetTimestamp(), null);
            Openings++;
        }
    }

    private bool MayPass()
        => _pause == TimeSpan.Zero
            || (clock.GetElapsedTime(_openedAt) >= _pause && (_probeSince is not { } since || clock.GetElapsedTime(since) > s_probeLife));
}
