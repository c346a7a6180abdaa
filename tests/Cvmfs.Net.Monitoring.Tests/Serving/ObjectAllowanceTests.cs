using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Serving;

public sealed class ObjectAllowanceTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    public void Objects_are_looked_at_every_few_minutes_and_at_once_when_something_is_new()
    {
        var allowance = new ObjectAllowance(1000, TimeSpan.FromMinutes(5), _clock);
        Assert.Equal(1000, allowance.Begin(isUrgent: false));
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(0, allowance.Begin(isUrgent: false));
        Assert.Equal(1000, allowance.Begin(isUrgent: true));
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1000, allowance.Begin(isUrgent: false));
    }

    [Fact]
    public void What_was_fetched_comes_back_in_an_hour_and_never_more()
    {
        var allowance = new ObjectAllowance(1000, TimeSpan.FromMinutes(5), _clock);
        allowance.Begin(isUrgent: false);
        allowance.Spend(1500);
        _clock.Advance(TimeSpan.FromMinutes(29));
        Assert.Equal(0, allowance.Begin(isUrgent: false));
        _clock.Advance(TimeSpan.FromMinutes(31));
        Assert.InRange(allowance.Begin(isUrgent: false), 499, 501);
        _clock.Advance(TimeSpan.FromDays(3));
        Assert.Equal(1000, allowance.Begin(isUrgent: false));
    }

    [Fact]
    public void Without_an_allowance_nothing_is_fetched() => Assert.Equal(0, new ObjectAllowance(0, TimeSpan.Zero, _clock).Begin(isUrgent: true));

    [Fact]
    public void Who_asks_aside_spends_the_same_bytes_and_leaves_the_rhythm_as_it_is()
    {
        var allowance = new ObjectAllowance(1000, TimeSpan.FromMinutes(5), _clock);
        Assert.Equal(1000, allowance.BeginAside());
        allowance.Spend(400);
        Assert.Equal(600, allowance.Begin(isUrgent: false));
        allowance.Spend(700);
        Assert.Equal(0, allowance.BeginAside());
    }

    [Fact]
    public void Servers_outside_the_fleet_share_one_allowance_and_those_that_left_have_none()
    {
        var all = new ObjectAllowances(1000, TimeSpan.FromMinutes(5), _clock);
        Assert.Same(all.Of(null), all.Of(null));
        var stays = all.Of("stays");
        all.Of("leaves").Spend(1000);
        all.Keep(new HashSet<string> { "stays" });
        Assert.Same(stays, all.Of("stays"));
        Assert.Equal(1000, all.Of("leaves").BeginAside());
    }
}
