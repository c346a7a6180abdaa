using System.Net;
using Cvmfs.Net.Proxy.Tests.Administration;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Tests.Documents;

/// <summary>A document that is here is asked for by condition.</summary>
public sealed class RevalidationTests
{
    private const string Old = "Wed, 01 Jan 2025 00:00:00 GMT";

    private readonly FakeClock _clock = new();
    private string? _tag = "\"one\"";
    private string? _modified = Old;
    private byte[] _body = "{ }"u8.ToArray();
    private Action<HttpResponse>? _unchanged;

    [Theory]
    [InlineData("\"one\"", Old, "\"one\"", Old)]
    [InlineData("W/\"one\"", null, "W/\"one\"", null)]
    [InlineData(null, Old, null, Old)]
    [InlineData(null, null, null, null)]
    public async Task What_the_server_said_of_it_is_asked_with(string? tag, string? modified, string? asksTag, string? asksModified)
    {
        (_tag, _modified) = (tag, modified);
        await using var upstream = await ServingAsync();
        await using var proxy = await StartAsync();
        await using var page = await MetricsPage.OpenAsync(proxy);
        Assert.Equal("{ }", (await AskAsync(proxy, upstream)).Body);
        _clock.Advance(TimeSpan.FromMinutes(2));
        var (body, cacheStatus, age) = await AskAsync(proxy, upstream);
        var asked = upstream.Seen.Last().Headers;
        Assert.Equal((asksTag, asksModified), (asked.GetValueOrDefault("If-None-Match"), asked.GetValueOrDefault("If-Modified-Since")));
        bool isConditional = asksTag is not null || asksModified is not null;
        Assert.Equal(("{ }", TimeSpan.Zero), (body, age)); // anew, whichever way
        Assert.Equal(isConditional ? "cvmfs-net; fwd=stale; fwd-status=304; stored" : "cvmfs-net; fwd=uri-miss; fwd-status=200; stored", cacheStatus);
        await AskAsync(proxy, upstream);
        Assert.Equal(2, upstream.Seen.Count); // it has a new life
        if (!isConditional) return;
        Assert.Equal(1, await page.ReadAsync("repository_requests_total{repository=\"a.example.org\",result=\"revalidated\"}"));
        Assert.Equal(1, await page.ReadAsync($"upstream_requests_total{{endpoint=\"other\",outcome=\"not_modified\",server=\"{upstream.Url.Authority}\"}}"));
    }

    [Fact]
    public async Task Another_version_comes_whole()
    {
        await using var upstream = await ServingAsync();
        await using var proxy = await StartAsync();
        await AskAsync(proxy, upstream);
        _clock.Advance(TimeSpan.FromMinutes(2));
        (_tag, _body) = ("\"two\"", "{2}"u8.ToArray());
        Assert.Equal("{2}", (await AskAsync(proxy, upstream)).Body);
        Assert.Equal("\"one\"", upstream.Seen.Last().Headers["If-None-Match"]);
    }

    [Fact]
    public async Task Who_asks_past_caches_gets_the_whole()
    {
        await using var upstream = await ServingAsync();
        await using var proxy = await StartAsync();
        await AskAsync(proxy, upstream);
        await AskAsync(proxy, upstream, noCache: true);
        Assert.False(upstream.Seen.Last().Headers.ContainsKey("If-None-Match"));
        Assert.Equal(2, upstream.Seen.Count);
    }

    [Fact]
    public async Task A_file_written_in_the_second_in_which_it_was_sent_is_not_asked_for_by_its_time()
    {
        (_tag, _modified) = (null, _clock.GetUtcNow().ToString("r"));
        await using var upstream = await ServingAsync();
        await using var proxy = await StartAsync();
        await AskAsync(proxy, upstream);
        _clock.Advance(TimeSpan.FromMinutes(2));
        await AskAsync(proxy, upstream);
        Assert.False(upstream.Seen.Last().Headers.ContainsKey("If-Modified-Since"));
    }

    [Fact]
    public async Task A_304_of_another_version_is_no_answer()
    {
        await using var upstream = await ServingAsync();
        await using var proxy = await StartAsync();
        await AskAsync(proxy, upstream);
        _clock.Advance(TimeSpan.FromMinutes(2));
        _unchanged = static response => response.Headers.ETag = "\"three\"";
        Assert.Equal("{ }", (await AskAsync(proxy, upstream)).Body);
        Assert.Equal([false, true, false], upstream.Seen.Select(static seen => seen.Headers.ContainsKey("If-None-Match")));
        Assert.Equal("no-cache", upstream.Seen.Last().Headers["Cache-Control"]);
    }

    [Fact]
    public async Task A_304_that_nobody_asked_for_is_an_error()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = static context =>
        {
            context.Response.StatusCode = 304;
            return Task.CompletedTask;
        };
        await using var proxy = await StartAsync();
        using var answer = await proxy.Client.GetAsync(UrlOf(upstream));
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
    }

    [Fact]
    public async Task A_304_says_how_old_it_is_and_how_long_it_lives()
    {
        await using var upstream = await ServingAsync();
        await using var proxy = await StartAsync();
        await AskAsync(proxy, upstream);
        _clock.Advance(TimeSpan.FromMinutes(2));
        _unchanged = static response => (response.Headers.Age, response.Headers.CacheControl) = ("20", "max-age=30");
        Assert.Equal(TimeSpan.FromSeconds(20), (await AskAsync(proxy, upstream)).Age);
        _clock.Advance(TimeSpan.FromSeconds(16)); // the end of its life, and the time in which it is shown while the next one comes
        await AskAsync(proxy, upstream);
        Assert.Equal(3, upstream.Seen.Count);
    }

    [Fact]
    public async Task Another_server_is_not_asked_with_the_tag_of_the_first()
    {
        await using var first = await ServingAsync();
        await using var second = await ServingAsync();
        await using var proxy = await RunningProxy.StartAsync(
            options =>
            {
                options.Documents.RefreshFrom = 1;
                options.Upstream.Servers.Add(first.Url);
                options.Upstream.Servers.Add(second.Url);
                options.Upstream.Order = UpstreamOrder.Configured;
            },
            _clock);
        string url = $"{proxy.Url}cvmfs/a.example.org/.cvmfs_status.json";
        using var direct = new HttpClient();
        await direct.GetStringAsync(url, TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromMinutes(2));
        first.Answer = static context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        Assert.Equal("{ }", await direct.GetStringAsync(url, TestContext.Current.CancellationToken));
        Assert.True(first.Seen.Last().Headers.ContainsKey("If-None-Match"));
        Assert.False(second.Seen.Single().Headers.ContainsKey("If-None-Match"));
    }

    private static string UrlOf(ScriptedUpstream upstream) => $"{upstream.Url}cvmfs/a.example.org/.cvmfs_status.json";

    private static async Task<(string Body, string CacheStatus, TimeSpan? Age)> AskAsync(RunningProxy proxy, ScriptedUpstream upstream, bool noCache = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, UrlOf(upstream)) { Headers = { CacheControl = new() { NoCache = noCache } } };
        using var answer = await proxy.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), answer.Headers.GetValues("Cache-Status").Single(), answer.Headers.Age);
    }

    private Task<RunningProxy> StartAsync() => RunningProxy.StartAsync(static options => options.Documents.RefreshFrom = 1, _clock);

    private async Task<ScriptedUpstream> ServingAsync()
    {
        var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = context =>
        {
            var response = context.Response;
            response.Headers.Date = _clock.GetUtcNow().ToString("r");
            if (_tag is not null) response.Headers.ETag = _tag;
            if (_modified is not null) response.Headers.LastModified = _modified;
            string? asked = context.Request.Headers.IfNoneMatch;
            if ((asked is not null && asked == _tag) || (asked is null && _modified is not null && context.Request.Headers.IfModifiedSince == _modified))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                _unchanged?.Invoke(response);
                return Task.CompletedTask;
            }

            return ScriptedUpstream.SendAsync(context, _body);
        };
        return upstream;
    }
}
