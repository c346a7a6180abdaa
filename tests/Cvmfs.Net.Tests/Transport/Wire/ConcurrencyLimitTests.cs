using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport.Wire;

namespace Cvmfs.Net.Tests.Transport.Wire;

public sealed class ConcurrencyLimitTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    public void It_rises_while_answers_come_faster_and_stops_where_they_do_not()
    {
        var limit = Create();
        // A line of 20 ms on which 6,400 answers a second fit: with 128 requests on their way it is full.
        Run(limit, 40, rate: current => Math.Min(current / 0.020, 6_400));
        Assert.InRange(limit.Current, 128, 200);
    }

    [Fact]
    public void It_reaches_its_ceiling_and_not_more_where_more_always_helps()
    {
        var limit = Create();
        Run(limit, 40, rate: current => current / 0.020);
        Assert.Equal(512, limit.Current);
    }

    [Fact]
    public void It_stays_where_more_never_helps()
    {
        var limit = Create();
        Run(limit, 60, rate: _ => 3_000);
        Assert.InRange(limit.Current, 32, 90);
    }

    [Fact]
    public void Trouble_halves_it_down_to_the_floor_and_calm_lets_it_rise_again()
    {
        var limit = Create();
        Run(limit, 40, rate: current => current / 0.020);
        limit.Trouble();
        Assert.Equal(256, limit.Current);
        for (int i = 0; i < 20; i++)
        {
            Run(limit, 6, rate: current => current / 0.020);
            limit.Trouble();
        }

        Assert.InRange(limit.Current, 4, 8);
        Run(limit, 500, rate: current => current / 0.020);
        Assert.True(limit.Current > 100, $"{limit.Current} after a long calm");
    }

    [Fact]
    public void Many_signs_of_one_trouble_count_once()
    {
        var limit = Create();
        Run(limit, 40, rate: current => current / 0.020);
        for (int i = 0; i < 50; i++) limit.Trouble();
        Assert.Equal(256, limit.Current);
    }

    [Fact]
    public void A_line_that_became_much_slower_gets_fewer()
    {
        var limit = Create();
        Run(limit, 60, rate: current => Math.Min(current / 0.020, 6_400));
        int before = limit.Current;
        Run(limit, 30, rate: _ => 600);
        Assert.True(limit.Current < before, $"{limit.Current}, {before} before");
    }

    [Fact]
    public void Rounds_that_nobody_fills_say_nothing()
    {
        var limit = Create();
        for (int i = 0; i < 10_000; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            limit.Answered(TimeSpan.FromMilliseconds(1), isFull: false);
        }

        Assert.Equal(64, limit.Current);
    }

    private ConcurrencyLimit Create() => new(floor: 4, start: 64, ceiling: 512, _clock);

    private void Run(ConcurrencyLimit limit, int rounds, Func<int, double> rate)
    {
        for (int round = 0; round < rounds; round++)
        {
            double perSecond = rate(limit.Current);
            var latency = TimeSpan.FromSeconds(limit.Current / perSecond);
            // As many answers as end a round whatever its length: the pace decides how long it takes.
            int answers = Math.Max(Math.Max(32, 2 * limit.Current), (int)(perSecond * 0.051) + 1);
            for (int i = 0; i < answers; i++)
            {
                _clock.Advance(TimeSpan.FromSeconds(1 / perSecond));
                limit.Answered(latency, isFull: true);
            }
        }
    }
}
