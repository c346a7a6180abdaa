using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Transport.Proxies;

namespace Cvmfs.Net.Proxy.Tests.Clients;

/// <summary>The library as a client of this proxy, with a client's list of proxies.</summary>
public sealed class LibraryClientTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 5000).Select(static i => (byte)i)];

    [Fact]
    public async Task A_proxy_that_refuses_or_is_away_is_left_for_the_next_one()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(Content);
        await using var refusing = await RunningProxy.StartAsync(static options => options.Upstream.AllowedDestinations.Add("elsewhere.example.org"));
        await using var serving = await RunningProxy.StartAsync();
        await using var source = Open(upstream, $"http://127.0.0.1:1|{refusing.Url.Authority};{serving.Url}");
        for (int i = 0; i < 2; i++) Assert.Equal(Content, await ReadAsync(source));
        Assert.Single(upstream.Seen); // the proxy has it
        Assert.Equal(1, serving.Proxy.CachedObjects);
    }

    [Fact]
    public async Task What_the_server_lacks_is_absent_whichever_proxy_says_so()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        await using var first = await RunningProxy.StartAsync();
        await using var second = await RunningProxy.StartAsync();
        await using var source = Open(upstream, $"{first.Url};{second.Url}");
        Assert.Null(await ReadAsync(source));
        Assert.Single(upstream.Seen);
    }

    [Fact]
    public async Task A_server_that_the_proxy_cannot_reach_is_asked_directly_where_the_list_says_so()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(Content);
        await using var proxy = await RunningProxy.StartAsync(static options => options.Upstream.AllowPrivateDestinations = false);
        await using var source = Open(upstream, $"{proxy.Url};DIRECT");
        Assert.Equal(Content, await ReadAsync(source));
    }

    private static IRepositorySource Open(ScriptedUpstream upstream, string proxies) => RepositorySource.Open(
        $"{upstream.Url}cvmfs/a.example.org",
        new RepositorySourceOptions { Proxies = ClientProxyList.Parse(proxies), ProxyGroups = { Choice = static () => 0 }, Retry = { Retries = 0 } });

    private static async Task<byte[]?> ReadAsync(IRepositorySource source)
    {
        await using var body = await source.OpenObjectAsync(ScriptedUpstream.KeyOf(Content), cancellationToken: TestContext.Current.CancellationToken);
        if (body is null) return null;
        using var bytes = new MemoryStream();
        await body.Stream.CopyToAsync(bytes, TestContext.Current.CancellationToken);
        return bytes.ToArray();
    }
}
