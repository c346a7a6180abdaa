using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Upstreams;

public sealed class UpstreamHealthTests
{
    [Fact]
    public void No_flood_of_names_takes_away_what_is_known_of_configured_servers()
    {
        var health = new UpstreamHealth(new FakeClock());
        var configured = new Uri("http://stratum1.example.org/");
        var state = health.Of(configured);
        var first = health.Of(Named(0));
        for (int i = 1; i < 5000; i++) health.Of(Named(i));
        Assert.Same(state, health.Of(configured));
        Assert.Same(health.Of(Named(4999)), health.Of(Named(4999)));
        Assert.NotSame(first, health.Of(Named(0)));
        Assert.InRange(health.All.Count(), 1, 4097);
    }

    private static ProxyRequest Named(int i) => PoolUnderTest.ManifestAt(new Uri($"http://s{i}.example.org/"));
}
