using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Upstreams;

public sealed class CircuitBreakerTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    public void Opens_after_five_failures_in_a_row()
    {
        var breaker = new CircuitBreaker(_clock);
        for (int i = 0; i < 4; i++) breaker.Failed();
        breaker.Succeeded();
        for (int i = 0; i < 4; i++) breaker.Failed();
        Assert.True(breaker.TryPass());
        breaker.Failed();
        Assert.False(breaker.TryPass());
        Assert.Equal(1, breaker.Openings);
    }

    [Fact]
    public void Opens_when_half_of_twenty_failed()
    {
        var breaker = new CircuitBreaker(_clock);
        for (int i = 0; i < 19; i++)
        {
            if (i % 2 == 0) breaker.Failed();
            else breaker.Succeeded();
            Assert.False(breaker.IsOpen);
        }

        breaker.Failed();
        Assert.True(breaker.IsOpen);
    }

    [Fact]
    public void Lets_one_try_after_ten_seconds_and_doubles_the_pause_up_to_five_minutes()
    {
        var breaker = Opened();
        double pause = 10;
        for (int i = 0; i < 8; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(pause - 0.1));
            Assert.False(breaker.WouldAllow);
            _clock.Advance(TimeSpan.FromSeconds(0.2));
            Assert.True(breaker.TryPass());
            Assert.False(breaker.TryPass()); // one at a time
            breaker.Failed();
            Assert.False(breaker.TryPass());
            pause = Math.Min(300, 2 * pause);
        }
    }

    [Fact]
    public void Closes_when_the_one_that_tried_succeeds_and_begins_anew()
    {
        var breaker = Opened();
        _clock.Advance(TimeSpan.FromSeconds(10.1));
        Assert.True(breaker.TryPass());
        breaker.Succeeded();
        for (int i = 0; i < 4; i++)
        {
            Assert.True(breaker.TryPass());
            breaker.Failed();
        }

        Assert.True(breaker.TryPass());
    }

    [Fact]
    public void A_try_that_nobody_reports_on_is_given_up()
    {
        var breaker = Opened();
        _clock.Advance(TimeSpan.FromSeconds(10.1));
        Assert.True(breaker.TryPass());
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(breaker.TryPass());
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(breaker.TryPass());
    }

    private CircuitBreaker Opened()
    {
        var breaker = new CircuitBreaker(_clock);
        for (int i = 0; i < 5; i++) breaker.Failed();
        return breaker;
    }
}
