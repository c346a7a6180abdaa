using System.Net;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Tests;

public sealed class ProxyObjectTests
{
    private static readonly byte[] Small = Bytes(10_000, 1);
    private static readonly byte[] Large = Bytes(4 << 20, 2);

    [Fact, Conforms("proxy", 77), Conforms("proxy", 80)]
    public async Task Fetches_an_object_once_and_serves_it_from_the_cache_for_every_host_and_repository()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(Small);
        var clock = new FakeClock();
        await using var proxy = await RunningProxy.StartAsync(clock: clock);

        using var miss = await proxy.Client.GetAsync(UrlOf(upstream, Small));
        clock.Advance(TimeSpan.FromDays(4)); // more than servers say
        using var hit = await proxy.Client.GetAsync($"http://localhost:{upstream.Port}/cvmfs/other.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(Small))}");

        Assert.Equal(Small, await miss.Content.ReadAsByteArrayAsync());
        Assert.Equal(Small, await hit.Content.ReadAsByteArrayAsync());
        Assert.Equal("cvmfs-net; hit", hit.Headers.GetValues("Cache-Status").Single());
        Assert.Single(upstream.Seen);
    }

    [Fact, Conforms("proxy", 78), Conforms("proxy", 79), Conforms("proxy", 73)]
    public async Task Answers_502_and_keeps_nothing_when_a_small_object_is_wrong_every_time()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = context => ScriptedUpstream.SendAsync(context, Flipped(Small));
        await using var proxy = await RunningProxy.StartAsync();

        using var response = await proxy.Client.GetAsync(UrlOf(upstream, Small));

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        Assert.StartsWith("cvmfs-net; error=", response.Headers.GetValues("Proxy-Status").Single(), StringComparison.Ordinal);
        Assert.Equal(2, upstream.Seen.Count);
        Assert.Equal(0, proxy.Proxy.CachedObjects);
    }

    [Fact, Conforms("proxy", 79)]
    public async Task Asks_once_more_past_all_caches_when_nothing_was_sent_yet()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = context => ScriptedUpstream.SendAsync(context, context.Request.Headers.CacheControl == "no-cache" ? Small : Flipped(Small));
        await using var proxy = await RunningProxy.StartAsync();

        Assert.Equal(Small, await proxy.Client.GetByteArrayAsync(UrlOf(upstream, Small)));
        Assert.Equal(["", "no-cache"], upstream.Seen.Select(request => request.Headers.GetValueOrDefault("Cache-Control", "")));
    }

    [Fact, Conforms("proxy", 78), Conforms("proxy", 79)]
    public async Task Cuts_the_connection_when_a_large_object_turns_out_wrong()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // All at once, the proxy might see the end, and answer 502, before it has sent a byte.
        upstream.Answer = context => ScriptedUpstream.SendInHalvesAsync(context, Flipped(Large), begun.Task);
        await using var proxy = await RunningProxy.StartAsync();

        using var response = await proxy.Client.GetAsync(UrlOf(upstream, Large), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        begun.SetResult();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => response.Content.LoadIntoBufferAsync());
        Assert.Equal(0, proxy.Proxy.CachedObjects);
    }

    [Fact, Conforms("proxy", 92), Conforms("proxy", 78)]
    public async Task Keeps_nothing_of_a_body_that_ended_early()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = async context =>
        {
            await context.Response.Body.WriteAsync(Small.AsMemory(0, 5000)); // chunked, and no last chunk
            await context.Response.Body.FlushAsync();
            context.Abort();
        };
        await using var proxy = await RunningProxy.StartAsync();

        var failure = await Record.ExceptionAsync(() => proxy.Client.GetByteArrayAsync(UrlOf(upstream, Small)));
        Assert.IsAssignableFrom<HttpRequestException>(failure);
        Assert.Equal(0, proxy.Proxy.CachedObjects);
    }

    [Fact, Conforms("proxy", 93)]
    public async Task Asks_upstream_once_for_many_clients_under_two_host_names()
    {
        const int clients = 100;
        await using var upstream = await ScriptedUpstream.StartAsync();
        var go = new TaskCompletionSource();
        upstream.Answer = async context =>
        {
            await go.Task;
            await ScriptedUpstream.SendAsync(context, Small);
        };
        await using var proxy = await RunningProxy.StartAsync();
        string path = $"cvmfs/a.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(Small))}";

        var all = Enumerable.Range(0, clients)
            .Select(i => proxy.Client.GetByteArrayAsync($"http://{(i % 2 == 0 ? "localhost" : "127.0.0.1")}:{upstream.Port}/{path}"))
            .ToArray();
        go.SetResult();
        byte[][] bodies = await Task.WhenAll(all);

        Assert.All(bodies, body => Assert.Equal(Small, body));
        Assert.Single(upstream.Seen);
    }

    [Fact, Conforms("proxy", 94)]
    public async Task Passes_bytes_on_while_the_fetch_is_running()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        var rest = new TaskCompletionSource();
        upstream.Answer = context => ScriptedUpstream.SendInHalvesAsync(context, Large, rest.Task);
        await using var proxy = await RunningProxy.StartAsync();

        await using var body = await proxy.Client.GetStreamAsync(UrlOf(upstream, Large));
        byte[] received = new byte[Large.Length];
        await body.ReadExactlyAsync(received.AsMemory(0, 1 << 20));
        rest.SetResult();
        await body.ReadExactlyAsync(received.AsMemory(1 << 20));
        Assert.Equal(Large, received);
    }

    [Fact, Conforms("proxy", 95), Conforms("proxy", 96)]
    public async Task Finishes_a_fetch_whose_only_client_left_and_serves_the_next_one_from_the_cache()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        var rest = new TaskCompletionSource();
        upstream.Answer = context => ScriptedUpstream.SendInHalvesAsync(context, Large, rest.Task);
        await using var proxy = await RunningProxy.StartAsync();

        using (var leaving = await proxy.Client.GetAsync(UrlOf(upstream, Large), HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal(HttpStatusCode.OK, leaving.StatusCode);
        }

        rest.SetResult();
        Assert.Equal(Large, await proxy.Client.GetByteArrayAsync(UrlOf(upstream, Large)));
        Assert.Single(upstream.Seen);
    }

    [Fact, Conforms("proxy", 87)]
    public async Task Says_404_and_remembers_it_for_seconds_only()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        var clock = new FakeClock();
        await using var proxy = await RunningProxy.StartAsync(clock: clock);
        foreach (var (wait, asked) in new[] { (0, 1), (4, 1), (2, 2) })
        {
            clock.Advance(TimeSpan.FromSeconds(wait));
            using var absent = await proxy.Client.GetAsync(UrlOf(upstream, Small));
            Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(5), absent.Headers.CacheControl!.MaxAge);
            Assert.Equal(asked, upstream.Seen.Count);
        }

        upstream.Serve(Small);
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(Small, await proxy.Client.GetByteArrayAsync(UrlOf(upstream, Small)));
    }

    [Fact, Conforms("proxy", 88)]
    public async Task Passes_a_servers_error_on_and_does_not_keep_it()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = static context =>
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return Task.CompletedTask;
        };
        await using var proxy = await RunningProxy.StartAsync();
        using var failed = await proxy.Client.GetAsync(UrlOf(upstream, Small));
        Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);

        upstream.Serve(Small);
        Assert.Equal(Small, await proxy.Client.GetByteArrayAsync(UrlOf(upstream, Small)));
    }

    [Fact, Conforms("proxy", 97)]
    public async Task Goes_to_the_next_upstream_when_one_is_dead_and_to_the_next_when_bytes_are_wrong()
    {
        await using var wrong = await ScriptedUpstream.StartAsync();
        await using var right = await ScriptedUpstream.StartAsync();
        wrong.Answer = context => ScriptedUpstream.SendAsync(context, Flipped(Small));
        right.Serve(Small);
        await using var proxy = await RunningProxy.StartAsync(options =>
        {
            options.Upstream.Servers.Add(new Uri("http://127.0.0.1:1")); // nobody listens there
            options.Upstream.Servers.Add(wrong.Url);
            options.Upstream.Servers.Add(right.Url);
        });

        using var direct = new HttpClient();
        Assert.Equal(Small, await direct.GetByteArrayAsync($"{proxy.Url}cvmfs/a.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(Small))}"));
        Assert.Single(wrong.Seen);
        Assert.Single(right.Seen);
    }

    [Fact, Conforms("proxy", 74)]
    public async Task HEAD_has_the_same_head_as_GET_and_no_body_and_stores_nothing()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(Small);
        await using var proxy = await RunningProxy.StartAsync();
        using var before = await proxy.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, UrlOf(upstream, Small)));
        Assert.Equal(Small.Length, before.Content.Headers.ContentLength);
        Assert.Equal(0, proxy.Proxy.CachedObjects);

        await proxy.Client.GetByteArrayAsync(UrlOf(upstream, Small));
        using var after = await proxy.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, UrlOf(upstream, Small)));
        Assert.Equal(Small.Length, after.Content.Headers.ContentLength);
        Assert.Equal("cvmfs-net; hit", after.Headers.GetValues("Cache-Status").Single());
    }

    [Fact, Conforms("proxy", 70), Conforms("proxy", 68), Conforms("proxy", 67)]
    public async Task Sends_nothing_of_the_clients_headers_upstream_and_the_path_unchanged()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(Small);
        await using var proxy = await RunningProxy.StartAsync();
        string path = $"//cvmfs/a.example.org//{ObjectPath.Of(ScriptedUpstream.KeyOf(Small))}";

        string answer = await proxy.SendRawAsync(
            $"GET http://127.0.0.1:{upstream.Port}{path} HTTP/1.1\r\nHost: evil.example.org\r\nAccept-Encoding: gzip\r\nX-Forwarded-Host: evil\r\n"
            + "Proxy-Connection: Keep-Alive\r\nCookie: a=b\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        var seen = Assert.Single(upstream.Seen);
        Assert.Equal(path, seen.Target);
        Assert.Equal($"127.0.0.1:{upstream.Port}", seen.Headers["Host"]);
        Assert.Equal(["Accept", "Host", "User-Agent", "Via"], seen.Headers.Keys.Order(StringComparer.Ordinal));
        Assert.StartsWith("cvmfs ", seen.Headers["User-Agent"], StringComparison.Ordinal);
    }

    private static string UrlOf(ScriptedUpstream upstream, byte[] bytes)
        => $"{upstream.Url}cvmfs/a.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(bytes))}";

    private static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Flipped(byte[] bytes)
    {
        byte[] copy = [.. bytes];
        copy[^1] ^= 1;
        return copy;
    }
}
