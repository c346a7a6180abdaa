namespace Cvmfs.Net.Testing;

/// <summary>A clock that stands still until a test moves it. Timers fire inside <see cref="Advance"/>, in the order they are due.</summary>
/// <remarks>Safe for concurrent use; callbacks run on the thread that advances, without a lock held. The tick frequency is odd on
/// purpose, so that code that mixes up timestamps and ticks shows.</remarks>
public sealed class FakeClock : TimeProvider
{
    private const long Frequency = 3_579_545;

    private readonly Lock _lock = new();
    private readonly DateTimeOffset _start;
    private readonly List<FakeTimer> _timers = [];
    private readonly List<(Func<bool> IsReached, TaskCompletionSource Reached)> _waiters = [];
    private DateTimeOffset _now;

    /// <summary>Starts at 2026-01-01 00:00 UTC.</summary>
    public FakeClock() : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>Starts at an instant.</summary>
    public FakeClock(DateTimeOffset start) => _start = _now = start.ToUniversalTime();

    /// <inheritdoc/>
    public override long TimestampFrequency => Frequency;

    /// <summary>Timers that are armed.</summary>
    public int ArmedTimers
    {
        get { lock (_lock) return _timers.Count; }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_lock) return (long)((Int128)(_now - _start).Ticks * Frequency / TimeSpan.TicksPerSecond);
    }

    /// <summary>Moves time forward, firing every timer that comes due on the way, each at its own instant.</summary>
    /// <param name="by">How far; zero fires what is due now.</param>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset target;
        lock (_lock) target = _now + by;
        while (NextDue(target) is { } due) due.Fire();
        lock (_lock) _now = target;
    }

    /// <summary>Sets the wall clock without firing anything: a clock that was corrected, also backwards.</summary>
    public void SetUtcNow(DateTimeOffset now)
    {
        lock (_lock) _now = now.ToUniversalTime();
    }

    /// <summary>Completes once at least that many timers are armed: "the code under test is now waiting for the clock".</summary>
    public Task WhenTimersAsync(int count) => WhenAsync(() => _timers.Count >= count);

    /// <summary>Completes once a timer is armed that comes due so soon: tells a pause from the longer limit of what came before it.</summary>
    public Task WhenDueWithinAsync(TimeSpan span) => WhenAsync(() => _timers.Exists(timer => timer.Due <= _now + span));

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new FakeTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private Task WhenAsync(Func<bool> isReached)
    {
        lock (_lock)
        {
            if (isReached()) return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((isReached, reached));
            return reached.Task;
        }
    }

    private FakeTimer? NextDue(DateTimeOffset target)
    {
        lock (_lock)
        {
            var next = _timers.Where(timer => timer.Due <= target).MinBy(timer => timer.Due);
            if (next is null) return null;
            if (next.Due > _now) _now = next.Due;
            if (next.Period is { } period) next.Due += period;
            else _timers.Remove(next);
            return next;
        }
    }

    private void Arm(FakeTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan) return;
            timer.Due = _now + dueTime;
            timer.Period = period > TimeSpan.Zero ? period : null;
            _timers.Add(timer);
            foreach (var (_, reached) in _waiters.FindAll(static waiter => waiter.IsReached())) reached.TrySetResult();
            _waiters.RemoveAll(static waiter => waiter.Reached.Task.IsCompleted);
        }
    }

    private sealed class FakeTimer(FakeClock clock, TimerCallback callback, object? state) : ITimer
    {
        private bool _disposed;

        public DateTimeOffset Due { get; set; }

        public TimeSpan? Period { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_disposed) return false;
            clock.Arm(this, dueTime, period);
            return true;
        }

        public void Dispose()
        {
            clock.Arm(this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _disposed = true;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
