using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Upstreams;

public sealed class GeoOrderTests
{
    [Theory]
    [Conforms("proxy", 47)]
    [InlineData("2,1,3\n", 3, true)]
    [InlineData("2,1,3", 3, true)]
    [InlineData("1", 1, true)]
    [InlineData("1,1", 2, false)]
    [InlineData("1,3", 2, false)]
    [InlineData("2,", 2, false)]
    [InlineData(",", 2, false)]
    [InlineData("1,2", 3, false)]
    [InlineData("0,1", 2, false)]
    [InlineData("+1,2", 2, false)]
    [InlineData("1, 2", 2, false)]
    [InlineData("1,2\n\n", 2, false)]
    [InlineData("", 1, false)]
    public void Replies_are_permutations_and_nothing_else(string reply, int count, bool isGood) => Assert.Equal(isGood, GeoOrder.TryParse(reply, count, out _));

    [Fact]
    public async Task The_nearest_server_is_asked_first_and_where_it_is_once_an_hour()
    {
        var clock = new FakeClock();
        await using var server = new RawUpstream(async talk =>
        {
            while (await talk.ReadRequestAsync() is { } request)
            {
                await talk.SayAsync(request.Contains("/api/v1.0/geo/", StringComparison.Ordinal) ? RawUpstream.Ok("1,2\n") : PoolUnderTest.Right);
            }
        });
        using var pool = new PoolUnderTest(
            options =>
            {
                options.Order = UpstreamOrder.Geo;
                options.Servers.Add(new Uri($"http://b.example.org:{server.Port}"));
                options.Servers.Add(new Uri($"http://a.example.org:{server.Port}"));
            },
            clock);

        await pool.AskAsync(PoolUnderTest.ObjectAt(null));
        Assert.Equal("b.example.org", pool.Attempts.Single().Server.Host); // as configured, while nothing is known
        await pool.Pool.Settled;
        Assert.StartsWith($"GET /cvmfs/x.example.org/api/v1.0/geo/{pool.Pool.Pseudonym}/a.example.org,b.example.org HTTP/1.1\r\n", Questions().Single(), StringComparison.Ordinal);
        await pool.AskAsync(PoolUnderTest.ObjectAt(null));
        Assert.Equal("a.example.org", pool.Attempts.Single().Server.Host); // "1,2": in the order of the question, which is sorted
        clock.Advance(TimeSpan.FromMinutes(59));
        await pool.AskAsync(PoolUnderTest.ObjectAt(null));
        Assert.Single(Questions());
        clock.Advance(TimeSpan.FromMinutes(2));
        await pool.AskAsync(PoolUnderTest.ObjectAt(null));
        await pool.Pool.Settled;
        Assert.Equal(2, Questions().Count());

        IEnumerable<string> Questions() => server.Requests.Where(static request => request.Contains("/geo/", StringComparison.Ordinal));
    }

    [Fact]
    [Conforms("proxy", 47)]
    public async Task Every_set_of_servers_has_an_order_of_its_own()
    {
        await using var server = new RawUpstream(async talk =>
        {
            while (await talk.ReadRequestAsync() is { } request)
            {
                await talk.SayAsync(request.Contains("/a.example.org,", StringComparison.Ordinal) ? RawUpstream.Ok("2,1\n") : RawUpstream.Ok("1,2\n"));
            }
        });
        using var pool = new PoolUnderTest();
        var order = new GeoOrder(pool.Pool, TimeProvider.System);
        UpstreamBase[] first = [Base("a"), Base("b")], second = [Base("d"), Base("c")];
        order.Sort(first);
        order.Sort(second);
        await order.Asking;
        for (int round = 0; round < 2; round++)
        {
            Assert.Equal(["b.example.org", "a.example.org"], order.Sort(first).Select(static one => one.Server.Host));
            Assert.Equal(["c.example.org", "d.example.org"], order.Sort(second).Select(static one => one.Server.Host));
        }

        await order.Asking;
        Assert.Equal(2, server.Requests.Count);

        UpstreamBase Base(string name) => new(pool.Pool.Health.Of(new Uri($"http://{name}.example.org:{server.Port}")), "/cvmfs/x.example.org/.cvmfspublished", true);
    }
}
