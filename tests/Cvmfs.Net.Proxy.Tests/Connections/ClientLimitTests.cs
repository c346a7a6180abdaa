using System.Net.Sockets;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Connections;

public sealed class ClientLimitTests
{
    private static readonly byte[] Content = [1, 2, 3];

    [Fact]
    public async Task Who_sends_no_whole_head_and_who_is_idle_is_left()
    {
        var clock = new FakeClock();
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(Content);
        await using var proxy = await RunningProxy.StartAsync(loopClock: clock);
        using var slow = await RawClient.ConnectAsync(proxy.Port);
        using var idle = await RawClient.ConnectAsync(proxy.Port);
        await AskAsync(idle, upstream);
        await slow.SendAsync(RawClient.Get(UrlOf(upstream, Content)) + "GET http://");
        await slow.ReadAnswerAsync(); // then what came behind it has been seen too
        var (slowEnds, idleEnds) = (slow.EndsAsync(), idle.EndsAsync());
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.True(await slowEnds);
        Assert.False(idleEnds.IsCompleted);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await idleEnds);
    }

    [Theory, Conforms("proxy", 104)]
    [InlineData(240)]
    [InlineData(0)]
    public async Task Who_takes_nothing_of_an_answer_is_cut_off_where_a_rate_is_asked_for(int rate)
    {
        byte[] large = new byte[32 << 20]; // more than sockets hold
        var clock = new FakeClock();
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(large, Content);
        await using var proxy = await RunningProxy.StartAsync(options => options.Clients.MinSendBytesPerSecond = rate, loopClock: clock);
        using var lazy = await RawClient.ConnectAsync(proxy.Port, receiveBuffer: 4096);
        await lazy.SendAsync(RawClient.Get(UrlOf(upstream, large)));
        await lazy.ReadHeadAsync();
        for (int period = 0; proxy.Proxy.Connections.Open > 0 && (rate > 0 || period < 20); period++)
        {
            clock.Advance(TimeSpan.FromSeconds(11));
            using var other = await RawClient.ConnectAsync(proxy.Port); // gives the loops a round
            await AskAsync(other, upstream);
        }

        var (bytes, isBreak) = await lazy.ReadToEndAsync(large.Length);
        Assert.Equal(rate > 0, isBreak || bytes < large.Length);
    }

    [Fact]
    public async Task One_address_has_so_many_connections_and_no_more()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(Content);
        await using var proxy = await RunningProxy.StartAsync(static options => options.Clients.MaxConnectionsPerAddress = 2);
        using var first = await RawClient.ConnectAsync(proxy.Port);
        using var second = await RawClient.ConnectAsync(proxy.Port);
        await AskAsync(first, upstream);
        await AskAsync(second, upstream);
        Assert.True(await IsRefusedAsync(proxy)); // closed and not told 503 or 429: those would blame the server
        await AskAsync(first, upstream);
    }

    [Fact]
    public async Task At_the_limit_the_one_who_was_idle_for_longest_goes()
    {
        const int limit = 16;
        var clock = new FakeClock();
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(Content);
        await using var proxy = await RunningProxy.StartAsync(static options => options.Clients.MaxConnections = limit, loopClock: clock);
        var clients = new List<RawClient>();
        for (int i = 0; i < limit; i++)
        {
            clients.Add(await RawClient.ConnectAsync(proxy.Port));
            await AskAsync(clients[i], upstream);
            clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        for (int i = 0; i < 4; i++) await AskAsync(clients[i], upstream); // who asked again is not idle for longest
        for (int i = 0; i < 3; i++)
        {
            clients.Add(await RawClient.ConnectAsync(proxy.Port));
            await AskAsync(clients[^1], upstream);
        }

        Assert.Equal(limit, proxy.Proxy.Connections.Open);
        for (int i = 0; i < 4; i++) await AskAsync(clients[i], upstream);
        int gone = 0;
        foreach (var client in clients.Skip(4).Take(12)) gone += await IsGoneAsync(client, upstream) ? 1 : 0;
        Assert.Equal(3, gone);
        foreach (var client in clients) client.Dispose();
    }

    [Fact, Conforms("proxy", 101)]
    public async Task Stopping_finishes_what_is_under_way_lets_idle_ones_go_and_takes_nobody_new()
    {
        byte[] large = new byte[8 << 20];
        new Random(5).NextBytes(large);
        await using var upstream = await ScriptedUpstream.StartAsync();
        var rest = new TaskCompletionSource();
        upstream.Answer = context => ScriptedUpstream.SendInHalvesAsync(context, large, rest.Task);
        await using var proxy = await RunningProxy.StartAsync();
        using var idle = await RawClient.ConnectAsync(proxy.Port);
        using var busy = await RawClient.ConnectAsync(proxy.Port);
        await busy.SendAsync(RawClient.Get(UrlOf(upstream, large)));
        await busy.ReadHeadAsync();
        var stopping = proxy.StopAsync();
        Assert.True(await idle.EndsAsync());
        Assert.True(await IsRefusedAsync(proxy));
        Assert.False(stopping.IsCompleted);
        rest.SetResult();
        Assert.Equal(large, await busy.ReadAsync(large.Length));
        busy.Dispose();
        await stopping;
    }

    private static async Task AskAsync(RawClient client, ScriptedUpstream upstream)
    {
        await client.SendAsync(RawClient.Get(UrlOf(upstream, Content)));
        Assert.Equal(Content, (await client.ReadAnswerAsync()).Body);
    }

    private static async Task<bool> IsGoneAsync(RawClient client, ScriptedUpstream upstream)
    {
        try
        {
            await AskAsync(client, upstream);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static async Task<bool> IsRefusedAsync(RunningProxy proxy)
    {
        try
        {
            using var client = await RawClient.ConnectAsync(proxy.Port);
            return await client.EndsAsync();
        }
        catch (SocketException)
        {
            return true; // so quickly that connecting has not returned yet
        }
    }

    private static string UrlOf(ScriptedUpstream upstream, byte[] bytes)
        => $"{upstream.Url}cvmfs/a.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(bytes))}";
}
