using System.Net;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Tests;

public sealed class ProxyRootFileTests
{
    [Fact, Conforms("proxy", 82)]
    public async Task A_root_file_lives_a_minute_and_says_how_old_it_is()
    {
        var clock = new FakeClock();
        await using var upstream = await ServingAsync(Manifest(7), "max-age=300");
        await using var proxy = await RunningProxy.StartAsync(options => options.Documents.RefreshFrom = 1, clock: clock);

        byte[] first = await proxy.Client.GetByteArrayAsync(UrlOf(upstream));
        clock.Advance(TimeSpan.FromSeconds(60));
        using var second = await proxy.Client.GetAsync(UrlOf(upstream));
        Assert.Equal(first, await second.Content.ReadAsByteArrayAsync());
        Assert.Equal(TimeSpan.FromSeconds(60), second.Headers.Age);
        Assert.Single(upstream.Seen);

        clock.Advance(TimeSpan.FromSeconds(7));
        await proxy.Client.GetByteArrayAsync(UrlOf(upstream));
        Assert.Equal(2, upstream.Seen.Count);
    }

    [Theory, Conforms("proxy", 82)]
    [InlineData(50, "hit; ttl=11")] // most of its life is over
    [InlineData(64, "hit; fwd=stale; ttl=-3")] // it ended a moment ago
    public async Task A_root_file_is_shown_while_the_next_one_is_fetched_once(int seconds, string cacheStatus)
    {
        var clock = new FakeClock();
        await using var upstream = await ServingAsync(Manifest(7));
        await using var proxy = await RunningProxy.StartAsync(clock: clock);
        await proxy.Client.GetByteArrayAsync(UrlOf(upstream));

        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        upstream.Answer = async context =>
        {
            asked.TrySetResult();
            await answer.Task;
            await ScriptedUpstream.SendAsync(context, Manifest(8));
        };
        clock.Advance(TimeSpan.FromSeconds(seconds));
        for (int round = 0; round < 3; round++)
        {
            using var shown = await proxy.Client.GetAsync(UrlOf(upstream));
            Assert.Equal(Manifest(7), await shown.Content.ReadAsByteArrayAsync());
            Assert.Equal(TimeSpan.FromSeconds(seconds), shown.Headers.Age);
            Assert.Equal("cvmfs-net; " + cacheStatus, shown.Headers.GetValues("Cache-Status").Single());
        }

        await asked.Task;
        using var wants = new HttpRequestMessage(HttpMethod.Get, UrlOf(upstream)) { Headers = { CacheControl = new() { MaxAge = TimeSpan.Zero } } };
        var joined = proxy.Client.SendAsync(wants); // content with nothing old: joins the fetch that runs
        answer.SetResult();
        using var next = await joined;
        Assert.Equal(Manifest(8), await next.Content.ReadAsByteArrayAsync());
        Assert.Equal(2, upstream.Seen.Count);
    }

    [Fact, Conforms("proxy", 82)]
    public async Task Age_gained_on_the_way_shortens_the_life()
    {
        var clock = new FakeClock();
        await using var upstream = await ServingAsync(Manifest(7), "max-age=61", age: 50);
        await using var proxy = await RunningProxy.StartAsync(clock: clock);
        using var first = await proxy.Client.GetAsync(UrlOf(upstream));
        Assert.Equal(TimeSpan.FromSeconds(50), first.Headers.Age);
        clock.Advance(TimeSpan.FromSeconds(17)); // the end of its life, and the time in which it is shown while the next one comes
        await proxy.Client.GetByteArrayAsync(UrlOf(upstream));
        Assert.Equal(2, upstream.Seen.Count);
    }

    [Fact, Conforms("proxy", 83)]
    public async Task Each_server_has_its_own_root_files()
    {
        await using var one = await ServingAsync(Manifest(7));
        await using var two = await ServingAsync(Manifest(8));
        await using var proxy = await RunningProxy.StartAsync();
        Assert.Equal(Manifest(7), await proxy.Client.GetByteArrayAsync(UrlOf(one)));
        Assert.Equal(Manifest(8), await proxy.Client.GetByteArrayAsync(UrlOf(two)));
    }

    [Fact, Conforms("proxy", 85)]
    public async Task A_login_page_is_neither_passed_on_nor_kept()
    {
        await using var upstream = await ServingAsync("<html>please log in</html>"u8.ToArray());
        await using var proxy = await RunningProxy.StartAsync();
        using var refused = await proxy.Client.GetAsync(UrlOf(upstream));
        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);

        upstream.Answer = context => ScriptedUpstream.SendAsync(context, Manifest(7));
        Assert.Equal(Manifest(7), await proxy.Client.GetByteArrayAsync(UrlOf(upstream)));
    }

    [Fact, Conforms("proxy", 86)]
    public async Task An_old_root_file_stands_in_for_a_failing_server_for_ten_minutes()
    {
        var clock = new FakeClock();
        await using var upstream = await ServingAsync(Manifest(7));
        await using var proxy = await RunningProxy.StartAsync(clock: clock);
        await proxy.Client.GetByteArrayAsync(UrlOf(upstream));
        upstream.Answer = Failing;

        clock.Advance(TimeSpan.FromMinutes(9));
        using var stale = await proxy.Client.GetAsync(UrlOf(upstream));
        Assert.Equal(HttpStatusCode.OK, stale.StatusCode);
        Assert.Equal(TimeSpan.FromMinutes(9), stale.Headers.Age);

        clock.Advance(TimeSpan.FromMinutes(3));
        using var over = await proxy.Client.GetAsync(UrlOf(upstream));
        Assert.Equal(HttpStatusCode.InternalServerError, over.StatusCode);
    }

    [Fact, Conforms("proxy", 86)]
    public async Task An_old_root_file_does_not_stand_in_where_the_server_forbids_it()
    {
        var clock = new FakeClock();
        await using var upstream = await ServingAsync(Manifest(7), "max-age=61, must-revalidate");
        await using var proxy = await RunningProxy.StartAsync(clock: clock);
        await proxy.Client.GetByteArrayAsync(UrlOf(upstream));
        upstream.Answer = Failing;
        clock.Advance(TimeSpan.FromMinutes(2));
        using var failed = await proxy.Client.GetAsync(UrlOf(upstream));
        Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
    }

    [Fact, Conforms("proxy", 84)]
    public async Task An_older_revision_does_not_replace_a_newer_one_for_a_while()
    {
        var clock = new FakeClock();
        await using var upstream = await ServingAsync(Manifest(8));
        await using var proxy = await RunningProxy.StartAsync(clock: clock);
        await proxy.Client.GetByteArrayAsync(UrlOf(upstream));
        upstream.Answer = context => ScriptedUpstream.SendAsync(context, Manifest(7));

        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(Manifest(8), await proxy.Client.GetByteArrayAsync(UrlOf(upstream)));
        clock.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(Manifest(7), await proxy.Client.GetByteArrayAsync(UrlOf(upstream)));
    }

    [Fact, Conforms("proxy", 84)]
    public async Task An_older_revision_does_not_replace_a_newer_one_after_a_restart()
    {
        var clock = new FakeClock();
        using var folder = new TempFolder();
        await using var upstream = await ServingAsync(Manifest(8));
        await using (var proxy = await RunningProxy.StartAsync(clock: clock, cacheFolder: folder.Path))
        {
            await proxy.Client.GetByteArrayAsync(UrlOf(upstream));
        }

        upstream.Answer = context => ScriptedUpstream.SendAsync(context, Manifest(7));
        clock.Advance(TimeSpan.FromMinutes(2));
        await using var again = await RunningProxy.StartAsync(clock: clock, cacheFolder: folder.Path);
        using var shown = await again.Client.GetAsync(UrlOf(upstream));
        Assert.Equal(Manifest(8), await shown.Content.ReadAsByteArrayAsync());
        Assert.Equal(TimeSpan.FromMinutes(2), shown.Headers.Age);
        Assert.Equal(2, upstream.Seen.Count);
    }

    [Fact, Conforms("proxy", 86)]
    public async Task A_root_file_stands_in_for_a_failing_server_after_a_restart()
    {
        var clock = new FakeClock();
        using var folder = new TempFolder();
        await using var upstream = await ServingAsync(Manifest(8));
        await using (var proxy = await RunningProxy.StartAsync(clock: clock, cacheFolder: folder.Path))
        {
            await proxy.Client.GetByteArrayAsync(UrlOf(upstream));
        }

        upstream.Answer = Failing;
        clock.Advance(TimeSpan.FromMinutes(9));
        await using var again = await RunningProxy.StartAsync(clock: clock, cacheFolder: folder.Path);
        Assert.Equal(Manifest(8), await again.Client.GetByteArrayAsync(UrlOf(upstream)));
        Assert.Equal(Manifest(8), await again.Client.GetByteArrayAsync(UrlOf(upstream)));
        Assert.Equal(2, upstream.Seen.Count); // a server that failed a moment ago is left alone
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"documents\":[{\"name\":\"h/a.example.org/.cvmfspublished\",\"arrived\":\"yesterday\"}]}")]
    public async Task A_damaged_file_of_an_earlier_run_costs_nothing_but_its_content(string content)
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.Combine("documents"));
        await File.WriteAllTextAsync(folder.Combine("documents/documents.json"), content, TestContext.Current.CancellationToken);
        await using var upstream = await ServingAsync(Manifest(8));
        await using var proxy = await RunningProxy.StartAsync(cacheFolder: folder.Path);
        Assert.Equal(Manifest(8), await proxy.Client.GetByteArrayAsync(UrlOf(upstream)));
    }

    [Fact, Conforms("proxy", 85)]
    public async Task A_manifest_of_another_repository_is_refused()
    {
        await using var upstream = await ServingAsync(Manifest(7));
        await using var proxy = await RunningProxy.StartAsync();
        using var refused = await proxy.Client.GetAsync($"{upstream.Url}cvmfs/b.example.org/.cvmfspublished");
        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
        Assert.Equal(Manifest(7), await proxy.Client.GetByteArrayAsync($"{upstream.Url}opt/org/.cvmfspublished")); // where the path names none
    }

    [Fact, Conforms("proxy", 87)]
    public async Task An_unknown_repository_is_not_asked_for_again_for_a_minute_and_found_with_its_first_revision()
    {
        var clock = new FakeClock();
        await using var upstream = await ScriptedUpstream.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(clock: clock);
        for (int round = 0; round < 3; round++)
        {
            using var absent = await proxy.Client.GetAsync(UrlOf(upstream));
            Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
            clock.Advance(TimeSpan.FromSeconds(31));
        }

        Assert.Equal(2, upstream.Seen.Count);
        using (var whitelist = await proxy.Client.GetAsync(UrlOf(upstream, ".cvmfs_status.json"))) Assert.Equal(HttpStatusCode.NotFound, whitelist.StatusCode);
        upstream.Answer = context => context.Request.Path.Value!.EndsWith("json", StringComparison.Ordinal)
            ? ScriptedUpstream.SendAsync(context, "{}"u8.ToArray())
            : ScriptedUpstream.SendAsync(context, Manifest(1));
        using (var absent = await proxy.Client.GetAsync(UrlOf(upstream, ".cvmfs_status.json"))) Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
        await GetFreshAsync(proxy, UrlOf(upstream));
        Assert.Equal("{}", await proxy.Client.GetStringAsync(UrlOf(upstream, ".cvmfs_status.json")));
    }

    [Fact, Conforms("proxy", 91)]
    public async Task What_is_asked_for_with_credentials_is_neither_kept_nor_sent_with_them()
    {
        await using var upstream = await ServingAsync(Manifest(7));
        await using var proxy = await RunningProxy.StartAsync();
        for (int round = 0; round < 2; round++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, UrlOf(upstream));
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer secret");
            using var answer = await proxy.Client.SendAsync(request);
            Assert.Equal(Manifest(7), await answer.Content.ReadAsByteArrayAsync());
        }

        await proxy.Client.GetByteArrayAsync(UrlOf(upstream));
        Assert.Equal(3, upstream.Seen.Count);
        Assert.DoesNotContain(upstream.Seen, seen => seen.Headers.ContainsKey("Authorization"));
    }

    [Theory, Conforms("proxy", 82)]
    [InlineData("only-if-cached", HttpStatusCode.GatewayTimeout, 0)]
    [InlineData("max-age=0", HttpStatusCode.OK, 2)]
    [InlineData("max-age=20", HttpStatusCode.OK, 2)]
    [InlineData("max-age=40", HttpStatusCode.OK, 1)]
    [InlineData("min-fresh=50", HttpStatusCode.OK, 2)]
    [InlineData("min-fresh=20", HttpStatusCode.OK, 1)]
    [InlineData("no-cache", HttpStatusCode.OK, 2)]
    [InlineData("no-store", HttpStatusCode.OK, 2)]
    public async Task A_client_may_ask_for_less_or_more_than_what_is_kept(string control, HttpStatusCode status, int asked)
    {
        var clock = new FakeClock();
        await using var upstream = await ServingAsync(Manifest(7));
        await using var proxy = await RunningProxy.StartAsync(options => options.Documents.RefreshFrom = 1, clock: clock);
        if (asked > 0) await proxy.Client.GetByteArrayAsync(UrlOf(upstream));
        clock.Advance(TimeSpan.FromSeconds(30));
        using var request = new HttpRequestMessage(HttpMethod.Get, UrlOf(upstream));
        request.Headers.TryAddWithoutValidation("Cache-Control", control);
        using var answer = await proxy.Client.SendAsync(request);
        Assert.Equal((status, asked), (answer.StatusCode, upstream.Seen.Count));
    }

    [Fact, Conforms("proxy", 89)]
    public async Task A_refusal_of_the_geo_service_is_kept_for_five_minutes()
    {
        var clock = new FakeClock();
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = static context =>
        {
            context.Response.StatusCode = 400;
            context.Response.Headers.CacheControl = "max-age=3000";
            return Task.CompletedTask;
        };
        await using var proxy = await RunningProxy.StartAsync(clock: clock);
        string url = $"{upstream.Url}cvmfs/a.example.org/api/v1.0/geo/x/a,b";
        foreach (var (wait, asked) in new[] { (0, 1), (299, 1), (2, 2) })
        {
            clock.Advance(TimeSpan.FromSeconds(wait));
            using var refused = await proxy.Client.GetAsync(url);
            Assert.Equal((HttpStatusCode.BadRequest, asked), (refused.StatusCode, upstream.Seen.Count));
        }
    }

    [Fact, Conforms("proxy", 91)]
    public async Task A_private_answer_is_not_shared()
    {
        await using var upstream = await ServingAsync(Manifest(7), "private, max-age=61");
        await using var proxy = await RunningProxy.StartAsync();
        await proxy.Client.GetByteArrayAsync(UrlOf(upstream));
        await proxy.Client.GetByteArrayAsync(UrlOf(upstream));
        Assert.Equal(2, upstream.Seen.Count);
    }

    [Fact]
    public async Task A_root_file_too_long_to_keep_is_passed_through_whole()
    {
        byte[] reflog = new byte[3 << 20];
        new Random(5).NextBytes(reflog);
        await using var upstream = await ServingAsync(reflog);
        await using var proxy = await RunningProxy.StartAsync();
        Assert.Equal(reflog, await proxy.Client.GetByteArrayAsync(UrlOf(upstream, ".cvmfsreflog")));
    }

    [Fact, Conforms("proxy", 108)]
    public async Task Behind_us_a_server_learns_who_asks_for_geo_order()
    {
        await using var upstream = await ServingAsync("1,2\n"u8.ToArray());
        await using var proxy = await RunningProxy.StartAsync(options => options.Upstream.Servers.Add(upstream.Url));
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.9");
        client.DefaultRequestHeaders.Add("CF-Connecting-IP", "203.0.113.9");
        Assert.Equal("1,2\n", await client.GetStringAsync($"{proxy.Url}cvmfs/a.example.org/api/v1.0/geo/x/a,b"));
        var seen = Assert.Single(upstream.Seen);
        Assert.Equal("127.0.0.1", seen.Headers["X-Forwarded-For"]);
        Assert.False(seen.Headers.ContainsKey("CF-Connecting-IP"));
    }

    [Fact, Conforms("proxy", 89)]
    public async Task Geo_answers_are_kept_by_url_for_an_hour()
    {
        var clock = new FakeClock();
        await using var upstream = await ServingAsync("2,1\n"u8.ToArray(), "max-age=86400");
        await using var proxy = await RunningProxy.StartAsync(options => options.Documents.RefreshFrom = 1, clock: clock);
        string url = $"{upstream.Url}cvmfs/a.example.org/api/v1.0/geo/site-proxy.example.org/s1.example.org,s2.example.org";
        await proxy.Client.GetStringAsync(url);
        clock.Advance(TimeSpan.FromMinutes(59));
        await proxy.Client.GetStringAsync(url);
        Assert.Single(upstream.Seen);
        clock.Advance(TimeSpan.FromMinutes(2));
        await proxy.Client.GetStringAsync(url);
        Assert.Equal(2, upstream.Seen.Count);
    }

    private static async Task<ScriptedUpstream> ServingAsync(byte[] body, string? cacheControl = null, int age = 0)
    {
        var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = context =>
        {
            if (cacheControl is not null) context.Response.Headers.CacheControl = cacheControl;
            if (age > 0) context.Response.Headers.Age = $"{age}";
            return ScriptedUpstream.SendAsync(context, body);
        };
        return upstream;
    }

    private static async Task GetFreshAsync(RunningProxy proxy, string url)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { CacheControl = new() { NoCache = true } } };
        using var answer = await proxy.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static Task Failing(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        return Task.CompletedTask;
    }

    private static string UrlOf(ScriptedUpstream upstream, string name = ".cvmfspublished") => $"{upstream.Url}cvmfs/a.example.org/{name}";

    private static byte[] Manifest(int revision) => SignedLetter.Build(
        Encoding.ASCII.GetBytes($"C{new string('a', 40)}\nB100\nRd41d8cd98f00b204e9800998ecf8427e\nD240\nS{revision}\nNa.example.org\nX{new string('b', 40)}\nT1700000000\n"),
        HashAlgorithmId.Sha1,
        static hash => hash);
}
