using System.Net;
using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Upstreams;

public sealed class UpstreamPoolTests
{
    private const string Corrupt = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nan abject";
    private const string Absent = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    private const string Broken = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";

    [Fact]
    [Conforms("proxy", 66)]
    [Conforms("proxy", 67)]
    [Conforms("proxy", 70)]
    public async Task A_named_server_gets_the_path_byte_for_byte_and_no_field_of_a_client()
    {
        await using var server = new RawUpstream(PoolUnderTest.Right);
        using var pool = new PoolUnderTest();
        var request = PoolUnderTest.At(new Uri($"http://s1.example.org:{server.Port}"), "//cvmfs//x.example.org/.cvmfspublished");
        await pool.AskAsync(request);
        Assert.Equal(
            $"GET //cvmfs//x.example.org/.cvmfspublished HTTP/1.1\r\nHost: s1.example.org:{server.Port}\r\nUser-Agent: cvmfs proxy Cvmfs.Net\r\nAccept: */*\r\nVia: 1.1 {pool.Pool.Pseudonym}\r\n\r\n",
            Assert.Single(server.Requests));
    }

    [Fact]
    [Conforms("proxy", 108)]
    public async Task Only_an_own_server_is_told_the_client_and_a_delivery_network_is_believed_only_if_it_is_known()
    {
        await using var server = new RawUpstream(PoolUnderTest.Right);
        using var pool = new PoolUnderTest(options =>
        {
            options.Servers.Add(server.Url);
            options.DeliveryNetworks.Add("192.0.2.0/24");
        });
        await pool.AskAsync(PoolUnderTest.At(null, "/cvmfs/x.example.org/api/v1.0/geo/a/b"), client: IPAddress.Parse("::ffff:10.1.2.3"));
        Assert.Contains("\r\nX-Forwarded-For: 10.1.2.3\r\n", Assert.Single(server.Requests), StringComparison.Ordinal);

        Assert.Equal(IPAddress.Parse("198.51.100.7"), pool.Pool.ClientAddress(IPAddress.Parse("192.0.2.9"), "198.51.100.7"));
        Assert.Equal(IPAddress.Parse("203.0.113.9"), pool.Pool.ClientAddress(IPAddress.Parse("203.0.113.9"), "198.51.100.7"));
        Assert.Equal(IPAddress.Parse("192.0.2.9"), pool.Pool.ClientAddress(IPAddress.Parse("::ffff:192.0.2.9"), "198.51.100.7, evil"));
        Assert.Equal(IPAddress.Parse("192.0.2.9"), pool.Pool.ClientAddress(IPAddress.Parse("192.0.2.9"), null));
    }

    [Theory]
    [Conforms("proxy", 97)]
    [InlineData(Absent)]
    [InlineData(Broken)]
    [InlineData(Corrupt)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 8\r\n\r\nan object")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n")]
    [InlineData(null)] // nobody listens
    public async Task An_object_comes_from_an_equivalent_server_when_the_named_one_fails(string? answer)
    {
        await using var named = new RawUpstream(answer ?? "");
        await using var other = new RawUpstream(PoolUnderTest.Right);
        if (answer is null) await named.DisposeAsync();
        using var pool = new PoolUnderTest(options => options.Repositories["*.example.org"] = [$"http://s2.example.org:{other.Port}/opt/@fqrn@"]);
        var request = PoolUnderTest.ObjectAt(named.Url);
        Assert.Equal("an object", (await pool.AskAsync(request)).Body);
        Assert.Equal(2, pool.Attempts.Count);
        string asked = Assert.Single(other.Requests);
        Assert.StartsWith("GET /opt/" + request.Path["/cvmfs/".Length..] + " HTTP/1.1\r\n", asked, StringComparison.Ordinal);
        Assert.Equal(answer == Corrupt, asked.Contains("Cache-Control: no-cache\r\nPragma: no-cache\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_more_than_three_servers_are_asked_and_the_named_one_has_the_last_word()
    {
        await using var named = new RawUpstream(Absent);
        await using var other = new RawUpstream(Broken);
        using var pool = new PoolUnderTest(options =>
            options.Repositories["*"] = [.. Enumerable.Range(2, 5).Select(i => $"http://s{i}.example.org:{other.Port}")]);
        var (body, problem) = await pool.AskAsync(PoolUnderTest.ObjectAt(named.Url));
        Assert.Null(body);
        Assert.Equal(3, pool.Attempts.Count);
        Assert.Equal(new UpstreamProblem(UpstreamFailure.Status, 404), problem);
    }

    [Fact]
    [Conforms("proxy", 83)]
    public async Task A_manifest_comes_from_the_named_server_or_not_at_all_unless_they_are_one()
    {
        await using var named = new RawUpstream(Broken);
        await using var other = new RawUpstream(PoolUnderTest.Right);
        IList<string> bases = [$"http://s2.example.org:{other.Port}"];
        using var pool = new PoolUnderTest(options => options.Repositories["*"] = bases);
        Assert.Equal(new UpstreamProblem(UpstreamFailure.Status, 500), (await pool.AskAsync(PoolUnderTest.ManifestAt(named.Url))).Problem);
        Assert.Empty(other.Requests);

        using var unified = new PoolUnderTest(options => (options.Repositories["*"], options.UnifiedView) = (bases, true));
        Assert.NotNull((await unified.AskAsync(PoolUnderTest.ManifestAt(named.Url))).Body);
    }

    [Fact]
    public async Task Bad_bytes_of_the_only_server_are_asked_for_once_more_past_all_caches()
    {
        await using var server = new RawUpstream(Corrupt);
        using var pool = new PoolUnderTest();
        Assert.Equal(UpstreamFailure.Corrupt, (await pool.AskAsync(PoolUnderTest.ObjectAt(server.Url))).Problem.Failure);
        Assert.Equal([false, true], server.Requests.Select(request => request.Contains("no-cache", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Own_servers_stand_in_for_each_other_for_everything()
    {
        await using var first = new RawUpstream(Broken);
        await using var second = new RawUpstream(PoolUnderTest.Right);
        using var pool = new PoolUnderTest(options =>
        {
            options.Servers.Add(first.Url);
            options.Servers.Add(new Uri(second.Url, "/base"));
        });
        Assert.NotNull((await pool.AskAsync(PoolUnderTest.ManifestAt(null))).Body);
        Assert.StartsWith("GET /base/cvmfs/x.example.org/.cvmfspublished HTTP/1.1\r\n", Assert.Single(second.Requests), StringComparison.Ordinal);
        await second.DisposeAsync();
        await first.DisposeAsync();
        var problem = (await pool.AskAsync(PoolUnderTest.ManifestAt(null))).Problem;
        Assert.Equal((UpstreamFailure.Unreachable, false), (problem.Failure, problem.IsSiteWide)); // it is the servers who are to blame: there is no other proxy
    }

    [Fact]
    [Conforms("proxy", 71)]
    public async Task All_attempts_together_end_before_a_client_gives_up()
    {
        var clock = new FakeClock();
        using var asked = new SemaphoreSlim(0); // looking up and connecting have timers of their own: only the request shows that the answer's runs
        await using var silent = new RawUpstream(async talk =>
        {
            await talk.ReadRequestAsync();
            asked.Release();
            await talk.BeSilentAsync();
        });
        using var pool = new PoolUnderTest(options => options.Repositories["*"] = [.. Enumerable.Range(2, 2).Select(i => $"http://s{i}.example.org:{silent.Port}")], clock);
        long began = clock.GetTimestamp();
        var asking = pool.AskAsync(PoolUnderTest.ObjectAt(silent.Url));
        for (int i = 0; i < 2; i++)
        {
            await asked.WaitAsync(TestContext.Current.CancellationToken);
            clock.Advance(TimeSpan.FromSeconds(1.9));
            Assert.Equal(i + 1, pool.Attempts.Count);
            clock.Advance(TimeSpan.FromSeconds(0.15));
        }

        Assert.Equal(UpstreamFailure.Timeout, (await asking).Problem.Failure);
        Assert.InRange(clock.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(4.2));
    }

    [Fact]
    [Conforms("proxy", 97)]
    public async Task A_server_that_keeps_failing_is_left_alone_and_tried_again_after_a_while()
    {
        var clock = new FakeClock();
        string answer = Broken;
        await using var server = new RawUpstream(async talk =>
        {
            while (await talk.ReadRequestAsync() is not null) await talk.SayAsync(Volatile.Read(ref answer));
        });
        using var pool = new PoolUnderTest(clock: clock);
        for (int i = 0; i < 8; i++) await pool.AskAsync(PoolUnderTest.ObjectAt(server.Url));
        Assert.Equal(5, server.Requests.Count);
        Assert.Equal(UpstreamFailure.Unreachable, (await pool.AskAsync(PoolUnderTest.ObjectAt(server.Url))).Problem.Failure);
        var state = pool.Pool.Health.All.Single();
        Assert.True(state.Breaker.IsOpen);
        Assert.Equal((5, 5, UpstreamFailure.Status), state.Counts);
        clock.Advance(TimeSpan.FromSeconds(10.1));
        Volatile.Write(ref answer, PoolUnderTest.Right);
        Assert.NotNull((await pool.AskAsync(PoolUnderTest.ObjectAt(server.Url))).Body);
        Assert.False(state.Breaker.IsOpen);
    }

    [Fact]
    public async Task When_several_servers_and_no_other_were_out_of_reach_the_way_out_is_to_blame()
    {
        await using var alive = new RawUpstream(Absent);
        using var pool = new PoolUnderTest();
        Assert.False((await pool.AskAsync(PoolUnderTest.ObjectAt(new Uri("http://a.invalid")))).Problem.IsSiteWide);
        Assert.True((await pool.AskAsync(PoolUnderTest.ObjectAt(new Uri("http://b.invalid")))).Problem.IsSiteWide);
        Assert.True((await pool.AskAsync(PoolUnderTest.ObjectAt(new Uri("http://a.invalid")))).Problem.IsSiteWide);
        Assert.False((await pool.AskAsync(PoolUnderTest.ObjectAt(alive.Url))).Problem.IsSiteWide);
        Assert.False((await pool.AskAsync(PoolUnderTest.ObjectAt(new Uri("http://a.invalid")))).Problem.IsSiteWide);
    }

    [Fact] // S14
    [Conforms("proxy", 102)]
    public async Task A_name_that_leads_inside_is_refused_and_no_fault_of_anybody()
    {
        await using var inside = new RawUpstream(PoolUnderTest.Right);
        foreach (string address in new[] { "127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "172.31.0.1", "0.0.0.0", "224.0.0.1", "fd00::1", "fe80::1", "ff02::1", "::1", "::", "::ffff:127.0.0.1" })
        {
            using var fresh = new PoolUnderTest(allowPrivate: false);
            fresh.Names["rebound.example.org"] = [IPAddress.Parse(address)];
            Assert.Equal(UpstreamFailure.NotPublic, (await fresh.AskAsync(PoolUnderTest.ObjectAt(new Uri($"http://rebound.example.org:{inside.Port}")))).Problem.Failure);
            Assert.Equal(0, fresh.Pool.Health.All.Sum(server => server.Counts.Failures));
        }

        Assert.Equal(0, inside.Connections);
    }

    [Fact] // S14, S37
    public async Task Nobody_is_led_to_the_administration()
    {
        await using var admin = new RawUpstream(PoolUnderTest.Right);
        using var pool = new UpstreamPool(
            new ProxyOptions { Admin = { Listen = admin.Url.AbsoluteUri }, Upstream = { AllowPrivateDestinations = true } }, TimeProvider.System);
        var refused = await Assert.ThrowsAsync<UpstreamException>(() => pool.ConnectAsync("127.0.0.1", admin.Port, TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(UpstreamFailure.NotPublic, refused.Failure);
        Assert.Equal(0, admin.Connections);
    }

    [Fact] // S14
    public async Task Nobody_is_led_back_to_the_proxy_itself()
    {
        await using var own = new RawUpstream(PoolUnderTest.Right);
        using var pool = new PoolUnderTest(options => options.Servers.Add(own.Url), listen: own.Url.AbsoluteUri);
        Assert.Equal(UpstreamFailure.NotPublic, (await pool.AskAsync(PoolUnderTest.ObjectAt(own.Url))).Problem.Failure);
        Assert.Equal(UpstreamFailure.NotPublic, (await pool.AskAsync(PoolUnderTest.ObjectAt(null))).Problem.Failure);
        Assert.Equal(0, own.Connections);
    }

    [Fact]
    public async Task The_server_that_answers_soonest_is_asked_first()
    {
        var clock = new FakeClock();
        await using var slow = new RawUpstream(async talk =>
        {
            while (await talk.ReadRequestAsync() is not null)
            {
                clock.Advance(TimeSpan.FromMilliseconds(300));
                await talk.SayAsync(PoolUnderTest.Right);
            }
        });
        await using var quick = new RawUpstream(PoolUnderTest.Right);
        using var pool = new PoolUnderTest(
            options =>
            {
                options.Order = UpstreamOrder.Latency;
                options.Servers.Add(slow.Url);
                options.Servers.Add(quick.Url);
            },
            clock);
        for (int i = 0; i < 20; i++) await pool.AskAsync(PoolUnderTest.ObjectAt(null));
        Assert.Equal((1, 19), (slow.Requests.Count, quick.Requests.Count));
        Assert.InRange(pool.Pool.Health.Of(slow.Url).Latency!.Value.TotalMilliseconds, 299, 301);
    }

    [Fact]
    public async Task Configured_servers_are_asked_how_they_are_before_a_request_finds_out()
    {
        var clock = new FakeClock();
        await using var server = new RawUpstream(Broken);
        using var pool = new PoolUnderTest(
            options =>
            {
                (options.ProbeInterval, options.ProbePath) = (TimeSpan.FromSeconds(5), "/well");
                options.Servers.Add(server.Url);
            },
            clock);
        var state = pool.Pool.Health.Of(server.Url);
        for (int i = 1; i <= 5; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            await pool.Pool.Probing; // a round that begins while another one runs does not take place
            Assert.Equal(i, state.Counts.Failures);
        }

        Assert.All(server.Requests, static request => Assert.StartsWith("HEAD /well HTTP/1.1\r\n", request, StringComparison.Ordinal));
        Assert.Empty((await pool.AskAsync(PoolUnderTest.ObjectAt(null))).Body ?? "");
        Assert.Empty(pool.Attempts);
    }
}
