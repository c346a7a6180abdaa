using System.Net;
using System.Net.Sockets;
using System.Text;
using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Proxy.Upstreams.Http;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Upstreams.Http;

/// <summary>The client over real sockets against servers that say what no honest server says.</summary>
public sealed class WireClientTests : IDisposable
{
    private static readonly WireLimits s_limits = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));

    private readonly WireClient _client = ClientOf(TimeProvider.System);

    public void Dispose() => _client.Dispose();

    [Theory] // S4, S5, S23, S26: what can be read in two ways is an error, and its connection is not used again
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0x3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000003\r\nabc\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nmore")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nevil")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\r\n folded\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\n: a\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 99 Low\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 600 High\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 2000 OK\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.1 +20 OK\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("HTTP/1.2 200 OK\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("<html>welcome to our hotel</html>\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")]
    public async Task What_breaks_http_or_has_two_meanings_is_refused_and_its_connection_closed(string answer)
    {
        await using var server = new RawUpstream(answer);
        for (int i = 0; i < 2; i++)
        {
            var failed = await Assert.ThrowsAsync<UpstreamException>(() => FetchAsync(server));
            Assert.Equal(UpstreamFailure.Protocol, failed.Failure);
        }

        Assert.Equal((2, 0), (server.Connections, _client.Open));
    }

    [Theory] // S24
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Len")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n")]
    public async Task An_answer_that_ends_early_never_just_ends(string answer)
    {
        await using var server = new RawUpstream(async talk =>
        {
            await talk.ReadRequestAsync();
            await talk.SayAsync(answer);
        });
        Assert.Equal(UpstreamFailure.Incomplete, (await Assert.ThrowsAsync<UpstreamException>(() => FetchAsync(server))).Failure);
        Assert.Equal(0, _client.Open);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc", 1)]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc", "abc", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "abc", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0;x\r\nTrailer: x\r\n\r\n", "abc0123456789", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: x, close\r\n\r\nabc", "abc", 2)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc", 2)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: Keep-Alive\r\n\r\nabc", "abc", 1)]
    public async Task A_good_answer_is_read_and_its_connection_kept_where_the_server_keeps_it(string answer, string body, int connections)
    {
        await using var server = new RawUpstream(answer);
        Assert.Equal(body, await FetchAsync(server));
        Assert.Equal(body, await FetchAsync(server));
        Assert.Equal(connections, server.Connections);
    }

    [Fact]
    public async Task A_body_without_length_ends_with_its_connection()
    {
        await using var server = new RawUpstream(async talk =>
        {
            await talk.ReadRequestAsync();
            await talk.SayAsync("HTTP/1.1 200 OK\r\n\r\nabc");
        });
        Assert.Equal("abc", await FetchAsync(server));
        Assert.Equal(0, _client.Open);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task Pieces_of_any_size_make_the_same_answer(int size)
    {
        const string answer = "HTTP/1.1 103 Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;e\r\nabc\r\n12\r\n0123456789abcdefgh\r\n0\r\nT: 1\r\n\r\n";
        await using var server = new RawUpstream(async talk =>
        {
            while (await talk.ReadRequestAsync() is not null)
            {
                for (int at = 0; at < answer.Length; at += size)
                {
                    await talk.SayAsync(answer[at..Math.Min(at + size, answer.Length)]);
                    await Task.Yield();
                }
            }
        });
        for (int i = 0; i < 3; i++) Assert.Equal("abc0123456789abcdefgh", await FetchAsync(server, readBytes: size));
        Assert.Equal(1, server.Connections);
    }

    [Fact] // S25
    public async Task Interim_answers_are_passed_over_and_no_more_than_a_few()
    {
        await using var server = new RawUpstream("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + RawUpstream.Ok("abc"));
        Assert.Equal("abc", await FetchAsync(server));
        await using var endless = new RawUpstream(async talk =>
        {
            await talk.ReadRequestAsync();
            while (true) await talk.SayAsync("HTTP/1.1 100 Continue\r\n\r\n");
        });
        Assert.Equal(UpstreamFailure.Protocol, (await Assert.ThrowsAsync<UpstreamException>(() => FetchAsync(endless))).Failure);
    }

    [Theory] // S23
    [InlineData(200, 10, true)]
    [InlineData(201, 10, false)]
    [InlineData(1, 65_400, true)]
    [InlineData(1, 65_536, false)]
    public async Task Heads_are_accepted_up_to_64_KiB_and_200_fields(int fields, int length, bool accepted)
    {
        var head = new StringBuilder("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n");
        for (int i = 1; i < fields; i++) head.Append(i).Append(": x\r\n");
        if (fields == 1) head.Append("X: ").Append('x', length).Append("\r\n");
        await using var server = new RawUpstream(head + "\r\nabc");
        if (accepted) Assert.Equal("abc", await FetchAsync(server));
        else Assert.Equal(UpstreamFailure.Protocol, (await Assert.ThrowsAsync<UpstreamException>(() => FetchAsync(server))).Failure);
    }

    [Fact] // S23: chunk extensions and trailers without end
    public async Task Extensions_and_trailers_are_bounded()
    {
        await using var extension = new RawUpstream("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;" + new string('x', 5000) + "\r\nabc\r\n0\r\n\r\n");
        await Assert.ThrowsAsync<UpstreamException>(() => FetchAsync(extension));
        await using var trailers = new RawUpstream("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + string.Concat(Enumerable.Repeat("T: x\r\n", 300)) + "\r\n");
        await Assert.ThrowsAsync<UpstreamException>(() => FetchAsync(trailers));
    }

    [Fact] // S23, S26: words that come while nothing is asked, behind an answer
    public async Task A_kept_connection_that_spoke_unasked_is_not_used_again()
    {
        var spoken = new TaskCompletionSource();
        var fetched = new TaskCompletionSource();
        await using var server = new RawUpstream(async talk =>
        {
            await talk.ReadRequestAsync();
            await talk.SayAsync(RawUpstream.Ok("abc"));
            if (!spoken.Task.IsCompleted)
            {
                await fetched.Task;
                await talk.SayAsync(RawUpstream.Ok("evil"));
                spoken.SetResult();
            }

            await talk.ReadRequestAsync();
            await talk.SayAsync(RawUpstream.Ok("late"));
        });
        Assert.Equal("abc", await FetchAsync(server));
        fetched.SetResult();
        await spoken.Task;
        Assert.Equal("abc", await FetchAsync(server));
        Assert.Equal(2, server.Connections);
    }

    [Fact] // S23
    public async Task A_connection_on_which_the_server_speaks_first_is_not_used()
    {
        await using var server = new RawUpstream(async talk =>
        {
            await talk.SayAsync(RawUpstream.Ok("evil"));
            await talk.WaitForCloseAsync();
        });
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Port, TestContext.Current.CancellationToken);
        using var connection = new HttpConnection(socket, TimeProvider.System);
        await socket.ReceiveAsync(new byte[1], SocketFlags.Peek, TestContext.Current.CancellationToken);
        Assert.False(connection.IsQuiet());
    }

    [Fact]
    public async Task A_connection_that_the_server_closed_meanwhile_costs_no_request()
    {
        await using var server = new RawUpstream(async talk =>
        {
            await talk.ReadRequestAsync();
            await talk.SayAsync(RawUpstream.Ok("abc")); // and closes, unannounced
        });
        for (int i = 0; i < 20; i++) Assert.Equal("abc", await FetchAsync(server));
    }

    [Fact]
    public async Task A_request_is_sent_again_when_a_kept_connection_is_reset_under_it_but_only_once()
    {
        int served = 0;
        await using var server = new RawUpstream(async talk =>
        {
            while (await talk.ReadRequestAsync() is not null)
            {
                if (Interlocked.Increment(ref served) > 1)
                {
                    talk.Reset();
                    return;
                }

                await talk.SayAsync(RawUpstream.Ok("abc"));
            }
        });
        Assert.Equal("abc", await FetchAsync(server));
        Assert.Equal(UpstreamFailure.Incomplete, (await Assert.ThrowsAsync<UpstreamException>(() => FetchAsync(server))).Failure);
        Assert.Equal((2, 3), (server.Connections, server.Requests.Count));
    }

    [Fact]
    public async Task An_aborted_body_closes_its_connection_and_frees_its_place()
    {
        await using var server = new RawUpstream(async talk =>
        {
            await talk.ReadRequestAsync();
            await talk.SayAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nabc");
            await talk.WaitForCloseAsync();
        });
        for (int i = 0; i < 10; i++)
        {
            using var answer = await SendAsync(server);
            Assert.Equal(3, await answer.ReadAsync(new byte[10], TestContext.Current.CancellationToken));
        }

        Assert.Equal((0, 10), (_client.Open, server.Connections));
    }

    [Fact]
    public async Task Cancelling_ends_a_silent_exchange_at_once()
    {
        await using var server = new RawUpstream(async talk =>
        {
            await talk.ReadRequestAsync();
            await talk.SayAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
            await talk.WaitForCloseAsync();
        });
        using var cancel = new CancellationTokenSource();
        using var answer = await SendAsync(server, cancellationToken: cancel.Token);
        await answer.ReadAsync(new byte[3], cancel.Token);
        var reading = answer.ReadAsync(new byte[3], CancellationToken.None).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal(0, _client.Open);
    }

    [Fact]
    public async Task Silence_before_the_head_and_inside_the_body_has_a_limit()
    {
        var clock = new FakeClock();
        using var client = ClientOf(clock);
        var asked = new TaskCompletionSource();
        await using var silent = new RawUpstream(async talk =>
        {
            await talk.ReadRequestAsync();
            asked.SetResult();
            await talk.BeSilentAsync();
        });
        var head = SendAsync(silent, client: client);
        await asked.Task;
        clock.Advance(s_limits.Head);
        Assert.Equal(UpstreamFailure.Timeout, (await Assert.ThrowsAsync<UpstreamException>(() => head)).Failure);

        await using var stalling = new RawUpstream("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        using var answer = await SendAsync(stalling, client: client);
        Assert.Equal(3, await answer.ReadAsync(new byte[10], CancellationToken.None));
        int timers = clock.ArmedTimers;
        var body = answer.ReadAsync(new byte[10], CancellationToken.None).AsTask();
        await clock.WhenTimersAsync(timers + 1);
        clock.Advance(s_limits.Idle);
        Assert.Equal(UpstreamFailure.Timeout, (await Assert.ThrowsAsync<UpstreamException>(() => body)).Failure);
    }

    [Fact]
    public async Task More_requests_than_connections_wait_for_their_turn()
    {
        using var client = ClientOf(TimeProvider.System, maxConnections: 3);
        await using var server = new RawUpstream(RawUpstream.Ok("abc"));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => FetchAsync(server, client: client)));
        Assert.InRange(server.Connections, 1, 3);
        Assert.Equal(50, server.Requests.Count);
    }

    [Fact]
    public async Task Who_waits_for_a_connection_gives_up_in_time_and_leaves_no_gap()
    {
        var clock = new FakeClock();
        using var client = ClientOf(clock, maxConnections: 1);
        await using var server = new RawUpstream("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        var first = await SendAsync(server, client: client);
        int timers = clock.ArmedTimers;
        var second = SendAsync(server, client: client);
        await clock.WhenTimersAsync(timers + 1);
        clock.Advance(s_limits.Head);
        Assert.Equal(UpstreamFailure.Busy, (await Assert.ThrowsAsync<UpstreamException>(() => second)).Failure);
        first.Dispose();
        using var third = await SendAsync(server, client: client);
        Assert.Equal(200, third.Status);
    }

    [Fact]
    public async Task Old_idle_connections_are_closed()
    {
        var clock = new FakeClock();
        using var client = ClientOf(clock);
        await using var server = new RawUpstream(RawUpstream.Ok("abc"));
        await FetchAsync(server, client: client);
        Assert.Equal((1, 1), (client.Open, client.Idle));
        clock.Advance(TimeSpan.FromSeconds(41));
        Assert.Equal((0, 0), (client.Open, client.Idle));
    }

    [Fact]
    public async Task Head_has_no_body_whatever_it_announces()
    {
        await using var server = new RawUpstream("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        for (int i = 0; i < 2; i++)
        {
            using var answer = await SendAsync(server, isHead: true);
            Assert.Equal((200, 1000L), (answer.Status, answer.ContentLength));
            Assert.Equal(0, await answer.ReadAsync(new byte[10], TestContext.Current.CancellationToken));
        }

        Assert.Equal(1, server.Connections);
        Assert.StartsWith("HEAD /x HTTP/1.1\r\nHost: ", server.Requests.First(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_that_nobody_reads_keeps_its_connection()
    {
        await using var server = new RawUpstream("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nX-A: 1\r\nx-a: 2\r\n\r\nsorry");
        for (int i = 0; i < 3; i++)
        {
            using var answer = await SendAsync(server);
            Assert.Equal((404, "1, 2", null), (answer.Status, answer.Header("X-a"), answer.Header("X-")));
        }

        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public void Every_cut_of_a_good_head_is_incomplete_and_every_garbling_is_no_crash() => Properties.Hold((ushort at, byte with) =>
    {
        byte[] head = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: keep-alive\r\nX: y\r\n\r\n");
        if (AnswerHead.LengthOf(head.AsSpan(0, at % head.Length)) != 0) return false;
        head[at % head.Length] = with;
        int length = AnswerHead.LengthOf(head);
        return length == 0 || AnswerHead.Parse(head.AsSpan(0, length), out _) is null or { Status: >= 100 and <= 599 };
    });

    private static WireClient ClientOf(TimeProvider clock, int maxConnections = 64)
    {
        var names = new NameCache((host, token) => Dns.GetHostAddressesAsync(host, token), TimeSpan.FromMinutes(1), clock);
        return new WireClient(new Dialer(names, new AddressGuard(allowPrivate: true), clock), maxConnections, clock);
    }

    private async Task<WireAnswer> SendAsync(RawUpstream server, bool isHead = false, WireClient? client = null, CancellationToken cancellationToken = default)
    {
        var attempt = new UpstreamAttempt { Plan = null!, Server = server.Url, Path = "/x" };
        byte[] tail = Encoding.ASCII.GetBytes($" HTTP/1.1\r\nHost: {server.Url.Authority}\r\n");
        return await (client ?? _client).SendAsync(attempt, new RequestText(isHead, "", "/x", tail, ""), s_limits, cancellationToken);
    }

    private async Task<string> FetchAsync(RawUpstream server, int readBytes = 1000, WireClient? client = null)
    {
        using var answer = await SendAsync(server, client: client, cancellationToken: TestContext.Current.CancellationToken);
        var body = new StringBuilder();
        byte[] buffer = new byte[readBytes];
        for (int read; (read = await answer.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0;) body.Append(Encoding.Latin1.GetString(buffer, 0, read));
        return body.ToString();
    }
}
