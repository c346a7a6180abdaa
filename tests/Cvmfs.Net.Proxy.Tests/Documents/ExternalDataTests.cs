using System.Net;
using System.Text.RegularExpressions;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Tests.Documents;

/// <summary>Documents that no hash proves: kept only where their server says so, given out whole, in parts, or not at all where nothing changed.</summary>
public sealed class ExternalDataTests
{
    private const string Body = "0123456789";

    [Theory, Conforms("proxy", 74), Conforms("proxy", 90)]
    [InlineData("max-age=60", 1)]
    [InlineData(null, 2)] // nothing is said: nothing is guessed
    [InlineData("no-cache", 2)]
    [InlineData("private, max-age=60", 2)]
    public async Task Is_kept_only_where_its_server_says_so(string? control, int asked)
    {
        await using var upstream = await ServingAsync(control);
        await using var proxy = await StartAsync();
        for (int round = 0; round < 2; round++) Assert.Equal(Body, await proxy.Client.GetStringAsync(upstream.Url + "data.bin"));
        Assert.Equal(asked, upstream.Seen.Count);
    }

    [Theory, Conforms("proxy", 74)]
    [InlineData("Range: bytes=2-4", "206", "234", "bytes 2-4/10")]
    [InlineData("Range: bytes=0-", "206", Body, "bytes 0-9/10")]
    [InlineData("Range: bytes=-1", "206", "9", "bytes 9-9/10")]
    [InlineData("Range: bytes=-99", "206", Body, "bytes 0-9/10")]
    [InlineData("Range: bytes=8-99", "206", "89", "bytes 8-9/10")]
    [InlineData("Range: bytes=10-", "416", "", "bytes */10")]
    [InlineData("Range: bytes=-0", "416", "", "bytes */10")]
    [InlineData("Range: bytes=5-2", "200", Body, null)]
    [InlineData("Range: bytes=a-b", "200", Body, null)]
    [InlineData("Range: lines=1-2", "200", Body, null)]
    [InlineData("Range: bytes=0-0,2-2", "200", Body, null)]
    [InlineData("Range: bytes=2-4\r\nIf-Range: \"v1\"", "206", "234", "bytes 2-4/10")]
    [InlineData("Range: bytes=2-4\r\nIf-Range: \"v0\"", "200", Body, null)]
    [InlineData("If-None-Match: \"v1\"", "304", "", null)]
    [InlineData("If-None-Match: W/\"v1\", \"x\"", "304", "", null)]
    [InlineData("If-None-Match: *", "304", "", null)]
    [InlineData("If-None-Match: \"v0\"", "200", Body, null)]
    [InlineData("If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT", "304", "", null)]
    [InlineData("If-Modified-Since: Wed, 31 Dec 2025 00:00:00 GMT", "200", Body, null)]
    [InlineData("If-Modified-Since: yesterday", "200", Body, null)]
    [InlineData("If-None-Match: \"v0\"\r\nIf-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT", "200", Body, null)]
    public async Task S31_is_given_out_in_parts_or_as_unchanged(string fields, string status, string body, string? contentRange)
    {
        await using var upstream = await ServingAsync("max-age=60");
        await using var proxy = await StartAsync();
        await proxy.Client.GetStringAsync(upstream.Url + "data.bin");
        string answer = await proxy.SendRawAsync($"GET {upstream.Url}data.bin HTTP/1.1\r\nHost: x\r\n{fields}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n" + body, answer, StringComparison.Ordinal);
        var said = Regex.Match(answer, "(?im)^Content-Range: (.*)\r$");
        Assert.Equal(contentRange, said.Success ? said.Groups[1].Value : null);
        Assert.Single(upstream.Seen);
    }

    [Fact, Conforms("proxy", 74)]
    public async Task S31_a_thousand_ranges_are_no_reason_for_a_thousand_parts()
    {
        await using var upstream = await ServingAsync("max-age=60");
        await using var proxy = await StartAsync();
        await proxy.Client.GetStringAsync(upstream.Url + "data.bin");
        string answer = await proxy.SendRawAsync($"GET {upstream.Url}data.bin HTTP/1.1\r\nHost: x\r\nRange: bytes={string.Join(',', Enumerable.Repeat("0-", 1000))}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n" + Body, answer, StringComparison.Ordinal);
    }

    [Fact, Conforms("proxy", 74)]
    public async Task S32_the_head_alone_is_the_same_and_brings_nothing_into_the_cache()
    {
        await using var upstream = await ServingAsync("max-age=60");
        await using var proxy = await StartAsync();
        string head = $"HEAD {upstream.Url}data.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        string miss = await proxy.SendRawAsync(head);
        Assert.Equal("HEAD", Assert.Single(upstream.Seen).Method);
        string get = await proxy.SendRawAsync(head.Replace("HEAD", "GET", StringComparison.Ordinal));
        string hit = await proxy.SendRawAsync(head);
        Assert.Equal(2, upstream.Seen.Count);
        Assert.EndsWith("\r\n\r\n", hit, StringComparison.Ordinal);
        Assert.Equal(Fields(get), Fields(hit));
        Assert.Equal(Fields(get), Fields(miss));
    }

    [Fact, Conforms("proxy", 74)]
    public async Task S33_a_client_of_HTTP_1_0_gets_no_chunks_and_a_closed_connection()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = static context => context.Response.WriteAsync(Body); // chunked
        await using var proxy = await StartAsync();
        foreach (string path in new[] { "data.bin", "cvmfs/a.example.org/.cvmfs_status.json" })
        {
            string answer = await proxy.SendRawAsync($"GET {upstream.Url}{path} HTTP/1.0\r\n\r\n");
            Assert.EndsWith("\r\n\r\n" + Body, answer, StringComparison.Ordinal);
            Assert.DoesNotContain("chunked", answer, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task What_is_too_long_to_keep_streams_through()
    {
        byte[] large = new byte[3 << 20];
        new Random(7).NextBytes(large);
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = context =>
        {
            context.Response.Headers.CacheControl = "max-age=60";
            return ScriptedUpstream.SendAsync(context, large);
        };
        await using var proxy = await StartAsync();
        for (int round = 1; round <= 2; round++) Assert.Equal(large, await proxy.Client.GetByteArrayAsync(upstream.Url + "large.bin"));
    }

    [Fact, Conforms("proxy", 86)]
    public async Task Stands_in_for_a_failing_server_only_where_the_server_allows_it()
    {
        foreach (var (control, status) in new[] { ("max-age=60", HttpStatusCode.InternalServerError), ("max-age=60, stale-if-error=300", HttpStatusCode.OK) })
        {
            var clock = new FakeClock();
            await using var upstream = await ServingAsync(control);
            await using var proxy = await StartAsync(clock);
            await proxy.Client.GetStringAsync(upstream.Url + "data.bin");
            upstream.Answer = static context =>
            {
                context.Response.StatusCode = 500;
                return Task.CompletedTask;
            };
            clock.Advance(TimeSpan.FromSeconds(100));
            using var answer = await proxy.Client.GetAsync(upstream.Url + "data.bin");
            Assert.Equal(status, answer.StatusCode);
        }
    }

    private static string[] Fields(string answer) => [.. answer[..answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Split("\r\n")
        .Where(static line => !Regex.IsMatch(line, "^(Date|Age|Cache-Status):")).Order(StringComparer.Ordinal)];

    private static Task<RunningProxy> StartAsync(TimeProvider? clock = null)
        => RunningProxy.StartAsync(static options => options.Documents.ExternalDestinations.Add("127\\.0\\.0\\.1:\\d+"), clock);

    private static async Task<ScriptedUpstream> ServingAsync(string? control)
    {
        var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = context =>
        {
            var headers = context.Response.Headers;
            if (control is not null) headers.CacheControl = control;
            (headers.ETag, headers.LastModified, headers.AcceptRanges) = ("\"v1\"", "Thu, 01 Jan 2026 00:00:00 GMT", "bytes");
            context.Response.ContentType = "application/x-test";
            context.Response.ContentLength = Body.Length;
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(Body);
        };
        return upstream;
    }
}
