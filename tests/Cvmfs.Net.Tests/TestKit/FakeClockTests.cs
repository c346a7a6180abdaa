using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.TestKit;

public sealed class FakeClockTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    public void Timers_fire_in_the_order_they_are_due_each_at_its_own_instant()
    {
        var seen = new List<(string, TimeSpan)>();
        var start = _clock.GetUtcNow();
        using var late = _clock.CreateTimer(_ => seen.Add(("late", _clock.GetUtcNow() - start)), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var often = _clock.CreateTimer(_ => seen.Add(("often", _clock.GetUtcNow() - start)), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([("often", TimeSpan.FromSeconds(2)), ("late", TimeSpan.FromSeconds(3)), ("often", TimeSpan.FromSeconds(4))], seen);
        Assert.Equal(TimeSpan.FromSeconds(5), _clock.GetUtcNow() - start);
    }

    [Fact]
    public void Elapsed_time_agrees_with_the_wall_clock_in_spite_of_the_odd_frequency()
    {
        long before = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(600, _clock.GetElapsedTime(before).TotalSeconds, tolerance: 1e-6);
    }

    [Fact]
    public async Task A_delay_ends_when_the_clock_is_moved_and_not_before()
    {
        var delay = Task.Delay(TimeSpan.FromHours(1), _clock);
        await _clock.WhenTimersAsync(1);
        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.False(delay.IsCompleted);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await delay;
    }

    [Fact]
    public async Task A_cancellation_source_on_the_clock_is_cancelled_in_time()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(10), _clock);
        _clock.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<TaskCanceledException>(() => Task.Delay(Timeout.InfiniteTimeSpan, source.Token));
    }
}
