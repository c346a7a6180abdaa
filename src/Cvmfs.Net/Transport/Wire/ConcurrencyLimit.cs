namespace Cvmfs.Net.Transport.Wire;

/// <summary>How many requests may be on their way to a server, found out by trying. Not thread-safe: guarded by the server's gate.</summary>
/// <remarks>
/// <para>Answers are counted in rounds. While a round at a higher limit brings clearly more answers a second than the best before it, the limit
/// doubles; when it does not, the last step is taken back, and from then on a small step up is tried now and then. Signs of trouble halve the
/// limit, at most once a round.</para>
/// <para>More requests than the line and the server can work on only make each wait longer: answers a second stay the same, so
/// growing latency needs no rule of its own on the way up. It has one at rest, where the line may have become worse.</para>
/// </remarks>
internal sealed class ConcurrencyLimit
{
    private const double ClearGain = 1.04;    // more than chance; what is gained late in a long line is gained for hours
    private const double SmallGain = 1.03;    // of a step of one eighth
    private const double MuchSlower = 3;      // latency against the best seen, at rest
    private const int RoundsBetweenSteps = 8;
    private const int CalmRounds = 4;         // after trouble, before the next step up

    private static readonly TimeSpan Noticeable = TimeSpan.FromMilliseconds(100); // below it is the scheduler's, ours or the server's
    private static readonly TimeSpan ShortestRound = TimeSpan.FromMilliseconds(50); // shorter ones measure the scheduler

    private readonly TimeProvider _time;
    private readonly int _floor;
    private int _ceiling;
    private long _roundBegan;
    private int _answers;
    private TimeSpan _latency;
    private double _rate;      // of the last round but the one that is judged
    private TimeSpan _bestLatency = TimeSpan.MaxValue;
    private int _before;
    private int _rest;
    private Phase _phase = Phase.Doubling;

    public ConcurrencyLimit(int floor, int start, int ceiling, TimeProvider time)
    {
        (_floor, _ceiling, _time) = (Math.Min(floor, ceiling), ceiling, time);
        Current = Math.Clamp(start, _floor, ceiling);
        _roundBegan = time.GetTimestamp();
    }

    private enum Phase
    {
        Doubling,
        Resting,
        Trying,
    }

    /// <summary>Requests that may be on their way.</summary>
    public int Current { get; private set; }

    /// <summary>Changes the most that is tried.</summary>
    public void SetCeiling(int ceiling)
    {
        _ceiling = ceiling;
        Current = Math.Min(Current, _ceiling);
    }

    /// <summary>Takes note of an answer.</summary>
    /// <param name="latency">From sending to the end of the answer.</param>
    /// <param name="isFull">Whether the limit was reached: a round that nobody filled says nothing about it.</param>
    public void Answered(TimeSpan latency, bool isFull)
    {
        if (!isFull && _answers == 0)
        {
            _roundBegan = _time.GetTimestamp();
            return;
        }

        _latency += latency;
        if (++_answers < Math.Max(32, 2 * Current)) return;
        var elapsed = _time.GetElapsedTime(_roundBegan);
        if (elapsed < ShortestRound) return;
        EndRound(_answers / elapsed.TotalSeconds, _latency / _answers);
        BeginRound();
    }

    /// <summary>Takes note of a failure, or of an answer that says "too much".</summary>
    public void Trouble()
    {
        if (_phase == Phase.Resting && _rest > RoundsBetweenSteps) return; // this round has had its share
        Current = Math.Max(Math.Min(_floor, _ceiling), Current / 2);
        _phase = Phase.Resting;
        _rest = RoundsBetweenSteps + CalmRounds;
        _bestLatency = TimeSpan.MaxValue; // what was measured before holds no longer
        BeginRound();
    }

    private void EndRound(double rate, TimeSpan latency)
    {
        if (latency < _bestLatency) _bestLatency = latency;
        switch (_phase)
        {
            case Phase.Doubling when rate > _rate * ClearGain && Current < _ceiling:
                _before = Current;
                Current = Math.Min(_ceiling, 2 * Current);
                break;
            case Phase.Doubling:
                if (rate <= _rate * ClearGain && _before > 0) Current = _before;
                Rest();
                break;
            case Phase.Trying:
                if (rate <= _rate * SmallGain) Current = _before;
                Rest();
                break;
            default:
                if (latency > _bestLatency * MuchSlower && latency > Noticeable) Current = Math.Max(_floor, Current - (Current / 8) - 1);
                else if (--_rest <= 0 && Current < _ceiling) TryMore();
                break;
        }

        _rate = rate;
    }

    private void TryMore()
    {
        _before = Current;
        Current = Math.Min(_ceiling, Current + Math.Max(1, Current / 8));
        _phase = Phase.Trying;
    }

    private void Rest()
    {
        _phase = Phase.Resting;
        _rest = RoundsBetweenSteps;
    }

    private void BeginRound() => (_roundBegan, _answers, _latency) = (_time.GetTimestamp(), 0, TimeSpan.Zero);
}
