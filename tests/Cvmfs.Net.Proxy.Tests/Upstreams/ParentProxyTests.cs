using System.Net;
using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Upstreams;

/// <summary>Proxies between this one and the servers, and proxies beside it.</summary>
public sealed class ParentProxyTests
{
    private static readonly Uri s_server = new("http://s1.example.org:8000");

    [Fact]
    [Conforms("proxy", 1)]
    public async Task A_parent_is_named_the_whole_url_and_kept_until_it_fails()
    {
        await using var first = new RawUpstream(PoolUnderTest.Right);
        await using var second = new RawUpstream(PoolUnderTest.Right);
        using var pool = new PoolUnderTest(options => options.Parents = $"127.0.0.1:{first.Port}; http://127.0.0.1:{second.Port}");
        for (int i = 0; i < 3; i++) Assert.NotNull((await pool.AskAsync(PoolUnderTest.ObjectAt(s_server))).Body);
        Assert.Equal((3, 0), (first.Requests.Count, second.Requests.Count));
        Assert.StartsWith($"GET http://s1.example.org:8000/cvmfs/x.example.org/data/", first.Requests.First(), StringComparison.Ordinal);
        Assert.Contains("\r\nHost: s1.example.org:8000\r\n", first.Requests.First(), StringComparison.Ordinal);
        await first.DisposeAsync();
        Assert.NotNull((await pool.AskAsync(PoolUnderTest.ObjectAt(s_server))).Body);
        Assert.Single(second.Requests);
    }

    [Theory]
    [Conforms("proxy", 31)]
    [InlineData("403 Forbidden", "", true)]
    [InlineData("407 Authenticate", "", true)]
    [InlineData("429 Slow down", "", true)]
    [InlineData("404 Not Found", "", false)]
    [InlineData("400 Bad", "", false)]
    [InlineData("502 Bad", "", false)]
    public async Task What_only_a_proxy_says_leads_to_the_next_parent_and_the_rest_is_the_servers_word(string status, string fields, bool leadsOn)
        => await NextParentAsync($"HTTP/1.1 {status}\r\n{fields}Content-Length: 0\r\n\r\n", leadsOn);

    [Theory]
    [Conforms("proxy", 34)]
    [InlineData("Proxy-Status: p; error=destination_unavailable\r\n", true)]
    [InlineData("X-Squid-Error: ERR_CONNECT_FAIL 111\r\n", true)]
    [InlineData("Proxy-Status: p; received-status=502\r\n", false)]
    public async Task A_proxy_that_complains_for_itself_is_left(string fields, bool leadsOn)
        => await NextParentAsync($"HTTP/1.1 502 Bad\r\n{fields}Content-Length: 0\r\n\r\n", leadsOn);

    [Theory]
    [Conforms("proxy", 33)]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nan ob")]
    public async Task A_parent_that_stops_short_is_left(string answer)
    {
        await using var first = new RawUpstream(async talk =>
        {
            await talk.ReadRequestAsync();
            await talk.SayAsync(answer);
        });
        await using var second = new RawUpstream(PoolUnderTest.Right);
        using var pool = new PoolUnderTest(options => options.Parents = $"127.0.0.1:{first.Port};127.0.0.1:{second.Port}");
        Assert.NotNull((await pool.AskAsync(PoolUnderTest.ObjectAt(s_server))).Body);
        Assert.Equal(1, pool.Pool.Parents!.Groups.CurrentGroup);
        Assert.Equal(0, pool.Pool.Health.Of(s_server).Counts.Failures);
    }

    [Fact]
    [Conforms("proxy", 38)]
    public async Task Each_server_sees_every_parent_at_most_once_and_then_the_client_is_sent_to_another_proxy()
    {
        await using var dead = new RawUpstream(static async talk => await talk.ReadRequestAsync());
        using var pool = new PoolUnderTest(options =>
        {
            options.Parents = string.Join('|', Enumerable.Range(1, 3).Select(i => $"127.0.0.{i}:{dead.Port}"));
            options.Repositories["*"] = ["http://s2.example.org"];
        });
        await using var second = new RawUpstream(static async talk => await talk.ReadRequestAsync(), IPAddress.Parse("127.0.0.2"), dead.Port);
        await using var third = new RawUpstream(static async talk => await talk.ReadRequestAsync(), IPAddress.Parse("127.0.0.3"), dead.Port);
        var (body, problem) = await pool.AskAsync(PoolUnderTest.ObjectAt(s_server));
        Assert.Null(body);
        Assert.Equal(6, pool.Attempts.Count);
        Assert.Equal(6, pool.Attempts.Select(attempt => (attempt.Via, attempt.Server)).Distinct().Count());
        Assert.Equal(UpstreamFailure.Incomplete, problem.Failure);

        await dead.DisposeAsync();
        await second.DisposeAsync();
        await third.DisposeAsync();
        Assert.True((await pool.AskAsync(PoolUnderTest.ObjectAt(s_server))).Problem.IsSiteWide);
    }

    [Fact]
    public async Task Behind_the_parents_the_server_itself_is_asked_only_if_the_list_says_so()
    {
        await using var server = new RawUpstream(PoolUnderTest.Right);
        using var without = new PoolUnderTest(options => options.Parents = "p.invalid:3128");
        Assert.Null((await without.AskAsync(PoolUnderTest.ObjectAt(server.Url))).Body);
        Assert.Empty(server.Requests);
        using var with = new PoolUnderTest(options => options.Parents = "p.invalid:3128;DIRECT");
        Assert.NotNull((await with.AskAsync(PoolUnderTest.ObjectAt(server.Url))).Body);
        Assert.StartsWith("GET /cvmfs/", Assert.Single(server.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Corrupt_bytes_are_asked_for_past_the_cache_of_the_parent_first()
    {
        await using var parent = new RawUpstream(async talk =>
        {
            while (await talk.ReadRequestAsync() is { } request)
            {
                await talk.SayAsync(request.Contains("no-cache", StringComparison.Ordinal) ? PoolUnderTest.Right : RawUpstream.Ok("an abject"));
            }
        });
        using var pool = new PoolUnderTest(options => options.Parents = $"127.0.0.1:{parent.Port}");
        Assert.NotNull((await pool.AskAsync(PoolUnderTest.ObjectAt(s_server))).Body);
        Assert.Equal(2, parent.Requests.Count);
        Assert.Equal(0, pool.Pool.Parents!.Groups.Burned);
    }

    [Fact]
    public async Task A_name_of_parents_becomes_one_parent_for_each_address()
    {
        await using var first = new RawUpstream(static async talk => await talk.ReadRequestAsync());
        await using var second = new RawUpstream(PoolUnderTest.Right, IPAddress.Parse("127.0.0.2"), first.Port);
        using var pool = new PoolUnderTest(
            options => options.Parents = $"site.example.org:{first.Port}",
            names: new() { ["site.example.org"] = [IPAddress.Loopback, IPAddress.Parse("127.0.0.2"), IPAddress.IPv6Loopback] });
        while (pool.Pool.Parents!.Groups.Alive.Any(static member => member.IsUnresolved)) await Task.Yield();
        Assert.Equal(2, pool.Pool.Parents.Groups.Total);
        Assert.NotNull((await pool.AskAsync(PoolUnderTest.ObjectAt(s_server))).Body);
        Assert.Single(second.Requests);
    }

    [Fact]
    public async Task The_owner_among_siblings_is_asked_and_told_not_to_ask_on()
    {
        await using var sibling = new RawUpstream(PoolUnderTest.Right);
        await using var server = new RawUpstream(PoolUnderTest.Right);
        using var pool = Siblings(sibling.Url, self: "http://127.0.0.1:1");
        var (theirs, ours) = await OwnedAsync(pool, sibling.Url);
        var request = PoolUnderTest.ObjectAt(server.Url, PoolUnderTest.KeyBeginning(theirs));

        Assert.NotNull((await pool.AskAsync(request)).Body);
        Assert.True(Assert.Single(pool.Attempts).IsSibling);
        string asked = sibling.Requests.Last();
        Assert.StartsWith($"GET {server.Url.GetLeftPart(UriPartial.Authority)}/cvmfs/", asked, StringComparison.Ordinal);
        Assert.Contains("\r\nX-CVMFS-Sibling: 1\r\n", asked, StringComparison.Ordinal);

        int before = sibling.Requests.Count;
        await pool.AskAsync(PoolUnderTest.ObjectAt(server.Url, PoolUnderTest.KeyBeginning(ours)));
        await pool.AskAsync(request with { IsFromSibling = true });
        await pool.AskAsync(PoolUnderTest.ManifestAt(server.Url));
        Assert.Equal(before, sibling.Requests.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nan abject")]
    public async Task When_the_owner_has_nothing_good_the_server_is_asked_at_once(string answer)
    {
        await using var sibling = new RawUpstream(async talk =>
        {
            await talk.ReadRequestAsync();
            await talk.SayAsync(answer);
        });
        await using var server = new RawUpstream(PoolUnderTest.Right);
        using var pool = Siblings(sibling.Url, self: "http://127.0.0.1:1");
        var (theirs, _) = await OwnedAsync(pool, sibling.Url);
        server.Requests.Clear();
        Assert.NotNull((await pool.AskAsync(PoolUnderTest.ObjectAt(server.Url, PoolUnderTest.KeyBeginning(theirs)))).Body);
        Assert.Equal([true, false], pool.Attempts.Select(static attempt => attempt.IsSibling));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_dead_sibling_is_passed_over_after_a_few_failures()
    {
        await using var sibling = new RawUpstream("");
        await using var server = new RawUpstream(PoolUnderTest.Right);
        using var pool = Siblings(sibling.Url, self: "http://127.0.0.1:1");
        var (theirs, _) = await OwnedAsync(pool, sibling.Url);
        await sibling.DisposeAsync();
        for (int i = 0; i < 8; i++) Assert.NotNull((await pool.AskAsync(PoolUnderTest.ObjectAt(server.Url, PoolUnderTest.KeyBeginning(theirs)))).Body);
        Assert.False(Assert.Single(pool.Attempts).IsSibling);
        Assert.True(pool.Pool.Health.Of(sibling.Url).Breaker.IsOpen);
        Assert.False(pool.Pool.Health.IsCutOff);
    }

    private static PoolUnderTest Siblings(Uri sibling, string self) => new(options =>
    {
        options.Siblings.Add(sibling);
        options.Siblings.Add(new Uri(self));
        options.Self = new Uri(self);
    });

    /// <summary>First bytes of hashes that belong to the sibling, and to the proxy itself.</summary>
    private static Task<(byte Theirs, byte Ours)> OwnedAsync(PoolUnderTest pool, Uri sibling)
    {
        (byte? theirs, byte? ours) = (null, null);
        for (int first = 0; first < 256; first++)
        {
            var plan = pool.Pool.Candidates(PoolUnderTest.ObjectAt(s_server, PoolUnderTest.KeyBeginning((byte)first)));
            Assert.True(plan.TryNext(out var attempt));
            if (attempt.Via == sibling) theirs = (byte)first;
            else ours = (byte)first;
        }

        return Task.FromResult((theirs!.Value, ours!.Value));
    }

    private static async Task NextParentAsync(string answer, bool leadsOn)
    {
        await using var first = new RawUpstream(answer);
        await using var second = new RawUpstream(PoolUnderTest.Right);
        using var pool = new PoolUnderTest(options => options.Parents = $"127.0.0.1:{first.Port};127.0.0.1:{second.Port}");
        var (body, _) = await pool.AskAsync(PoolUnderTest.ObjectAt(s_server));
        Assert.Equal((leadsOn, leadsOn ? 1 : 0), (body is not null, second.Requests.Count));
    }
}
