using System.Net;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Tests.Connections;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Administration;

/// <summary>What operators read after real requests to real servers.</summary>
public sealed class MetricsPageTests
{
    private static readonly byte[] Large = Random(7, 2 << 20);

    [Fact]
    public async Task While_one_fetches_the_others_are_counted_as_waiting_for_it()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        var rest = new TaskCompletionSource();
        upstream.Answer = context => ScriptedUpstream.SendInHalvesAsync(context, Large, rest.Task);
        await using var proxy = await RunningProxy.StartAsync();
        await using var page = await MetricsPage.OpenAsync(proxy);
        string server = $"{{server=\"{upstream.Url.Authority}\"}}";
        var clients = new List<RawClient>();
        for (int i = 0; i < 4; i++)
        {
            clients.Add(await RawClient.ConnectAsync(proxy.Port));
            await clients[i].SendAsync(RawClient.Get(UrlOf(upstream, Large)));
            await clients[i].ReadHeadAsync();
        }

        Assert.Equal(3, await page.ReadAsync("collapsed_waiters"));
        Assert.Equal(4, await page.ReadAsync("active_requests"));
        Assert.Equal(proxy.Proxy.Options.Clients.MaxConnections, await page.ReadAsync("concurrency_limit"));
        Assert.Equal(1, await page.ReadAsync("upstream_active_connections" + server));
        Assert.InRange((await page.ReadAsync("upstream_bytes_total" + server))!.Value, 1, Large.Length / 2);
        rest.SetResult();
        foreach (var client in clients)
        {
            Assert.Equal(Large, await client.ReadAsync(Large.Length));
            client.Dispose();
        }

        await page.WaitAsync("active_requests", 0);
        await page.WaitAsync("collapsed_waiters", 0);
        Assert.Equal(0, await page.ReadAsync("upstream_active_connections" + server));
        Assert.Equal(Large.Length, await page.ReadAsync("upstream_bytes_total" + server));
    }

    [Fact]
    public async Task Bytes_that_were_announced_and_never_came_are_not_counted()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = async context =>
        {
            context.Response.ContentLength = Large.Length;
            await context.Response.Body.WriteAsync(Large.AsMemory(0, 1000));
            await context.Response.Body.FlushAsync();
            context.Abort();
        };
        await using var proxy = await RunningProxy.StartAsync();
        await using var page = await MetricsPage.OpenAsync(proxy);
        using var client = await RawClient.ConnectAsync(proxy.Port);
        await client.SendAsync(RawClient.Get(UrlOf(upstream, Large)));
        Assert.True((await client.ReadToEndAsync()).Bytes < 5000);
        Assert.InRange(await page.ReadAsync($"upstream_bytes_total{{server=\"{upstream.Url.Authority}\"}}") ?? 0, 0, 2000); // asked twice
    }

    [Fact]
    public async Task Requests_that_wait_for_a_connection_are_counted()
    {
        byte[] other = Random(8, 100);
        await using var upstream = await ScriptedUpstream.StartAsync();
        var rest = new TaskCompletionSource();
        upstream.Answer = context => context.Request.Path.Value!.EndsWith(ObjectPath.Of(ScriptedUpstream.KeyOf(other)), StringComparison.Ordinal)
            ? ScriptedUpstream.SendAsync(context, other)
            : ScriptedUpstream.SendInHalvesAsync(context, Large, rest.Task);
        await using var proxy = await RunningProxy.StartAsync(static options => options.Upstream.MaxConnectionsPerServer = 1);
        await using var page = await MetricsPage.OpenAsync(proxy);
        using var first = await RawClient.ConnectAsync(proxy.Port);
        await first.SendAsync(RawClient.Get(UrlOf(upstream, Large)));
        await first.ReadHeadAsync();
        using var second = await RawClient.ConnectAsync(proxy.Port);
        await second.SendAsync(RawClient.Get(UrlOf(upstream, other)));
        await page.WaitAsync("queued_requests", 1);
        rest.SetResult();
        Assert.Equal(other, (await second.ReadAnswerAsync()).Body);
        Assert.Equal(0, await page.ReadAsync("queued_requests"));
    }

    [Fact]
    public async Task Who_joins_a_fetch_is_counted_under_the_repository_of_its_own()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        var rest = new TaskCompletionSource();
        upstream.Answer = context => ScriptedUpstream.SendInHalvesAsync(context, Large, rest.Task);
        await using var proxy = await RunningProxy.StartAsync();
        await using var page = await MetricsPage.OpenAsync(proxy);
        using var first = await RawClient.ConnectAsync(proxy.Port);
        await first.SendAsync(RawClient.Get(UrlOf(upstream, Large)));
        await first.ReadHeadAsync();
        using var second = await RawClient.ConnectAsync(proxy.Port);
        await second.SendAsync(RawClient.Get(UrlOf(upstream, Large).Replace("a.example.org", "b.example.org", StringComparison.Ordinal)));
        await second.ReadHeadAsync();
        rest.SetResult();
        Assert.Equal(Large, await first.ReadAsync(Large.Length));
        Assert.Equal(Large, await second.ReadAsync(Large.Length));
        await page.WaitAsync("repository_requests_total{repository=\"b.example.org\",result=\"collapsed\"}", 1);
        await page.WaitAsync("repository_requests_total{repository=\"a.example.org\",result=\"miss\"}", 1);
    }

    [Fact]
    public async Task Questions_how_a_server_is_are_told_apart_from_requests()
    {
        var clock = new FakeClock();
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = static _ => Task.CompletedTask;
        await using var proxy = await RunningProxy.StartAsync(
            options =>
            {
                options.Upstream.Servers.Add(upstream.Url);
                options.Upstream.ProbeInterval = TimeSpan.FromSeconds(5);
            },
            clock);
        await using var page = await MetricsPage.OpenAsync(proxy);
        clock.Advance(TimeSpan.FromSeconds(5));
        await page.WaitAsync($"upstream_requests_total{{endpoint=\"probe\",outcome=\"ok\",server=\"{upstream.Url.Authority}\"}}", 1);
        Assert.Null(await page.ReadAsync($"upstream_requests_total{{endpoint=\"geo\",outcome=\"ok\",server=\"{upstream.Url.Authority}\"}}"));
    }

    [Fact, Conforms("proxy", 106)]
    public async Task Fail_overs_and_wrong_bytes_are_counted_with_the_servers_they_came_from()
    {
        byte[] first = Random(9, 300), second = Random(10, 300);
        await using var bad = await ScriptedUpstream.StartAsync();
        await using var good = await ScriptedUpstream.StartAsync();
        good.Serve(first, second);
        await using var proxy = await RunningProxy.StartAsync(options =>
        {
            options.Upstream.Servers.Add(bad.Url);
            options.Upstream.Servers.Add(good.Url);
            options.Upstream.Order = UpstreamOrder.Configured;
        });
        await using var page = await MetricsPage.OpenAsync(proxy);
        bad.Answer = static context => ScriptedUpstream.SendAsync(context, new byte[300]);
        Assert.Equal(first, await GetAsync(proxy, first));
        bad.Answer = static context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        Assert.Equal(second, await GetAsync(proxy, second));
        Assert.Equal(1, await page.ReadAsync($"hash_mismatch_total{{kind=\"chunk\",server=\"{bad.Url.Authority}\"}}"));
        foreach (string reason in new[] { "hash_mismatch", "http_5xx" })
        {
            Assert.Equal(1, await page.ReadAsync($"upstream_failovers_total{{from=\"{bad.Url.Authority}\",reason=\"{reason}\",to=\"{good.Url.Authority}\"}}"));
        }

        Assert.Equal(2, await page.ReadAsync("repository_requests_total{repository=\"a.example.org\",result=\"miss\"}"));
    }

    [Fact]
    public async Task The_age_of_manifests_and_those_that_are_not_signed_are_told()
    {
        using var built = await new RepositoryBuilder().File("/a", "b").BuildAsync();
        await using var stratum = await FakeStratum.StartAsync();
        stratum.MountRepository(built.Name.ToString(), built.Path);
        string keys = Path.Combine(built.ServerRoot, "master.pub");
        lock (built.Keys.MasterKey) File.WriteAllText(keys, built.Keys.MasterKey.ExportSubjectPublicKeyInfoPem());
        await using var proxy = await RunningProxy.StartAsync(options => options.Documents.MasterKeyFiles.Add(keys), clock: built.Clock);
        await using var page = await MetricsPage.OpenAsync(proxy);
        string url = $"{stratum.UrlOf(built.Name.ToString())}/.cvmfspublished";
        (await proxy.Client.GetAsync(url)).EnsureSuccessStatusCode().Dispose();
        built.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(30, await page.ReadAsync($"manifest_age_seconds{{repository=\"{built.Name}\"}}"));

        built.Clock.Advance(TimeSpan.FromMinutes(20));
        built.ResignWhitelist(listed: TestKeys.Stranger);
        using var refused = await proxy.Client.GetAsync(url);
        Assert.Equal(2, await page.ReadAsync($"signature_failures_total{{reason=\"certificate_not_listed\",repository=\"{built.Name}\"}}")); // asked for once more, past caches
    }

    private static byte[] Random(int seed, int bytes)
    {
        byte[] content = new byte[bytes];
        new Random(seed).NextBytes(content);
        return content;
    }

    private static async Task<byte[]> GetAsync(RunningProxy proxy, byte[] content)
    {
        using var client = new HttpClient();
        return await client.GetByteArrayAsync(new Uri(proxy.Url, $"/cvmfs/a.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(content))}"), TestContext.Current.CancellationToken);
    }

    private static string UrlOf(ScriptedUpstream upstream, byte[] bytes) => $"{upstream.Url}cvmfs/a.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(bytes))}";
}
