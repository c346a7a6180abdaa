using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Tests.Connections;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Transfers;

public sealed class TransferTests
{
    private const int Withheld = 16 << 10;

    private static readonly byte[] Large = ScriptedUpstream.BytesOf(3 << 20, 7);

    [Fact, Conforms("proxy", 93), Conforms("proxy", 95)]
    public async Task Many_clients_read_one_fetch_and_one_that_does_not_read_holds_up_nobody()
    {
        const int clients = 150;
        byte[] content = ScriptedUpstream.BytesOf(4 << 20, 8);
        await using var upstream = await ScriptedUpstream.StartAsync();
        var rest = new TaskCompletionSource();
        upstream.Answer = context => ScriptedUpstream.SendInHalvesAsync(context, content, rest.Task);
        await using var proxy = await RunningProxy.StartAsync();
        string request = RawClient.Get(upstream.UrlOf(content));
        var all = new List<RawClient>();
        for (int i = 0; i < clients; i++)
        {
            all.Add(await RawClient.ConnectAsync(proxy.Port, i == 0 ? 4096 : 0));
            await all[i].SendAsync(request);
        }

        for (int i = 0; i < clients; i++) await all[i].ReadHeadAsync(); // all of them read the same fetch, which is half way
        rest.SetResult();
        for (int i = 1; i < clients; i++) AssertSame(content, await all[i].ReadAsync(content.Length));
        Assert.Equal(content, await all[0].ReadAsync(content.Length));
        Assert.Single(upstream.Seen);
        foreach (var client in all) client.Dispose();
    }

    [Fact, Conforms("proxy", 78), Conforms("proxy", 79)]
    public async Task The_last_bytes_wait_for_the_hash()
    {
        foreach (bool isRight in (bool[])[true, false])
        {
            await using var upstream = await ScriptedUpstream.StartAsync();
            var last = new TaskCompletionSource();
            upstream.Answer = async context =>
            {
                context.Response.ContentLength = Large.Length;
                await context.Response.Body.WriteAsync(Large.AsMemory(0, Large.Length - 1));
                await context.Response.Body.FlushAsync();
                await last.Task;
                await context.Response.Body.WriteAsync(new[] { isRight ? Large[^1] : (byte)~Large[^1] });
            };
            await using var proxy = await RunningProxy.StartAsync();
            using var client = await RawClient.ConnectAsync(proxy.Port);
            await client.SendAsync(RawClient.Get(upstream.UrlOf(Large)));
            await client.ReadHeadAsync();
            byte[] first = await client.ReadAsync(Large.Length - 1 - Withheld);
            last.SetResult();
            if (isRight)
            {
                Assert.Equal(Large, (byte[])[.. first, .. await client.ReadAsync(Withheld + 1)]);
                continue;
            }

            var (more, isBreak) = await client.ReadToEndAsync();
            Assert.True(isBreak && more <= 1, $"{more} more bytes, {(isBreak ? "a break" : "an end")}");
            Assert.Equal(0, proxy.Proxy.CachedObjects);
        }
    }

    [Fact, Conforms("proxy", 92)]
    public async Task A_body_of_unknown_length_goes_on_in_chunks_and_is_kept_after_its_proper_end()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        var rest = new TaskCompletionSource();
        upstream.Answer = async context =>
        {
            await context.Response.Body.WriteAsync(Large.AsMemory(0, 2 << 20));
            await context.Response.Body.FlushAsync();
            await rest.Task;
            await context.Response.Body.WriteAsync(Large.AsMemory(2 << 20));
        };
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await RawClient.ConnectAsync(proxy.Port);
        await client.SendAsync(RawClient.Get(upstream.UrlOf(Large)));
        Assert.Contains("\r\nTransfer-Encoding: chunked\r\n", await client.ReadHeadAsync(), StringComparison.Ordinal);

        var old = proxy.SendRawAsync($"GET {upstream.UrlOf(Large)} HTTP/1.0\r\nHost: x\r\n\r\n");
        rest.SetResult();
        Assert.Equal(Large, await client.ReadChunksAsync());
        string toOld = await old;
        Assert.DoesNotContain("chunked", toOld, StringComparison.Ordinal);
        Assert.EndsWith(System.Text.Encoding.Latin1.GetString(Large), toOld, StringComparison.Ordinal);

        await client.SendAsync(RawClient.Get(upstream.UrlOf(Large)));
        var (head, body) = await client.ReadAnswerAsync();
        Assert.Contains("cvmfs-net; hit\r\n", head, StringComparison.Ordinal);
        Assert.Equal(Large, body);
        Assert.Single(upstream.Seen);
    }

    [Fact, Conforms("proxy", 71)]
    public async Task A_small_object_that_comes_slowly_is_shown_after_a_second()
    {
        byte[] content = ScriptedUpstream.BytesOf(100_000, 9);
        await using var upstream = await ScriptedUpstream.StartAsync();
        var rest = new TaskCompletionSource();
        upstream.Answer = context => ScriptedUpstream.SendInHalvesAsync(context, content, rest.Task);
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await RawClient.ConnectAsync(proxy.Port);
        await client.SendAsync(RawClient.Get(upstream.UrlOf(content)));
        Assert.StartsWith("HTTP/1.1 200", await client.ReadHeadAsync(), StringComparison.Ordinal); // after a second
        byte[] first = await client.ReadAsync(content.Length / 4);
        rest.SetResult();
        Assert.Equal(content, (byte[])[.. first, .. await client.ReadAsync(content.Length - first.Length)]);
    }

    [Fact, Conforms("proxy", 96)]
    public async Task A_fetch_that_is_too_long_to_finish_for_nobody_ends_with_its_last_client()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        var broken = new TaskCompletionSource();
        upstream.Answer = async context =>
        {
            context.Response.ContentLength = 1L << 30;
            await context.Response.Body.WriteAsync(Large);
            await context.Response.Body.FlushAsync();
            using var registration = context.RequestAborted.Register(broken.SetResult);
            await broken.Task;
        };
        await using var proxy = await RunningProxy.StartAsync();
        using var stays = await RawClient.ConnectAsync(proxy.Port);
        using (var leaves = await RawClient.ConnectAsync(proxy.Port))
        {
            foreach (var client in (RawClient[])[leaves, stays])
            {
                await client.SendAsync(RawClient.Get(upstream.UrlOf(Large)));
                await client.ReadHeadAsync();
            }
        }

        Assert.Equal(Large[..(2 << 20)], await stays.ReadAsync(2 << 20));
        Assert.False(broken.Task.IsCompleted);
        stays.Dispose();
        await broken.Task;
    }

    [Fact, Conforms("proxy", 95)]
    public async Task A_client_that_leaves_while_it_waits_is_let_go_at_once()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        upstream.Answer = async context =>
        {
            asked.TrySetResult();
            await answer.Task;
            await ScriptedUpstream.SendAsync(context, Large);
        };
        await using var proxy = await RunningProxy.StartAsync();
        using (var leaves = await RawClient.ConnectAsync(proxy.Port))
        {
            await leaves.SendAsync(RawClient.Get(upstream.UrlOf(Large)));
            await asked.Task;
        }

        while (proxy.Proxy.Connections.Open > 0) await Task.Yield();
        answer.SetResult();
        Assert.Equal(Large, await proxy.Client.GetByteArrayAsync(upstream.UrlOf(Large)));
        Assert.Single(upstream.Seen);
    }

    [Theory, Conforms("proxy", 95)]
    [InlineData(100_000, false)]
    [InlineData(3 << 20, false)]
    [InlineData(3 << 20, true)]
    public async Task A_client_that_has_ended_only_its_own_side_gets_its_whole_answer_and_then_the_end(int length, bool hasBegun)
    {
        byte[] content = ScriptedUpstream.BytesOf(length, 12);
        await using var upstream = await ScriptedUpstream.StartAsync();
        var (asked, rest) = (new TaskCompletionSource(), new TaskCompletionSource());
        upstream.Answer = async context =>
        {
            asked.TrySetResult();
            if (!hasBegun) await rest.Task;
            await ScriptedUpstream.SendInHalvesAsync(context, content, rest.Task);
        };
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await RawClient.ConnectAsync(proxy.Port);
        await client.SendAsync(RawClient.Get(upstream.UrlOf(content)));
        await asked.Task;
        string? head = hasBegun ? await client.ReadHeadAsync() : null;
        client.EndItsSide();
        if (!hasBegun) Assert.Equal("HTTP/1.1 102 Processing\r\n\r\n", await client.ReadHeadAsync()); // whoever is gone has reset the connection by now
        rest.SetResult();
        head ??= await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        Assert.Equal(content, await client.ReadAsync(length));
        Assert.Equal((0, false), await client.ReadToEndAsync());
        while (proxy.Proxy.Connections.Open > 0) await Task.Yield();
    }

    [Fact, Conforms("proxy", 98)]
    public async Task Without_a_store_a_fetch_waits_for_its_readers_and_needs_little_memory()
    {
        byte[] content = ScriptedUpstream.BytesOf(48 << 20, 10);
        await using var upstream = await ScriptedUpstream.StartAsync();
        var sent = new TaskCompletionSource();
        upstream.Answer = async context =>
        {
            await ScriptedUpstream.SendAsync(context, content);
            sent.SetResult();
        };
        await using var proxy = await RunningProxy.StartAsync(static options => options.Storage.Folders.Clear());
        using var client = await RawClient.ConnectAsync(proxy.Port, receiveBuffer: 4096);
        await client.SendAsync(RawClient.Get(upstream.UrlOf(content)));
        await client.ReadHeadAsync();
        byte[] first = await client.ReadAsync(1 << 20);
        Assert.False(sent.Task.IsCompleted);
        AssertSame(content[first.Length..], await client.ReadAsync(content.Length - first.Length));
        await sent.Task;
    }

    [Theory]
    [Conforms("proxy", 95)]
    [InlineData(true, 404)]
    [InlineData(false, 404)]
    [InlineData(true, 503)]
    [InlineData(false, 503)]
    public async Task A_failure_is_that_of_the_server_that_was_asked_and_others_who_joined_ask_their_own(bool throughPipeline, int status)
    {
        byte[] content = ScriptedUpstream.BytesOf(5_000, 30);
        await using var poor = await ScriptedUpstream.StartAsync();
        await using var rich = await ScriptedUpstream.StartAsync();
        rich.Serve(content);
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        poor.Answer = async context =>
        {
            asked.TrySetResult();
            await answer.Task;
            context.Response.StatusCode = status;
        };
        await using var proxy = await RunningProxy.StartAsync();
        int port = throughPipeline ? proxy.PipelinePort : proxy.Port;
        using var unlucky = await RawClient.ConnectAsync(port);
        await unlucky.SendAsync(RawClient.Get(poor.UrlOf(content)));
        await asked.Task;
        var joined = new List<RawClient>();
        try
        {
            string other = rich.UrlOf(content).Replace("a.example.org", "b.example.org", StringComparison.Ordinal);
            foreach (string url in (string[])[rich.UrlOf(content), other, poor.UrlOf(content)])
            {
                var client = await RawClient.ConnectAsync(port);
                joined.Add(client);
                await client.SendAsync(RawClient.Get(url));
            }

            while (proxy.Proxy.Waiting < 3) await Task.Yield();
            answer.SetResult();
            Assert.DoesNotContain(" 200 ", await unlucky.ReadHeadAsync(), StringComparison.Ordinal);
            foreach (var client in joined.Take(2)) AssertSame(content, (await client.ReadAnswerAsync()).Body);
            Assert.DoesNotContain(" 200 ", await joined[2].ReadHeadAsync(), StringComparison.Ordinal);
        }
        finally
        {
            foreach (var client in joined) client.Dispose();
        }
    }

    private static void AssertSame(byte[] expected, byte[] actual) => Assert.True(expected.AsSpan().SequenceEqual(actual));
}
