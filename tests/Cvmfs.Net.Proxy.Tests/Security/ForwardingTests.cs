using System.Net;
using System.Text.RegularExpressions;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Security;

/// <summary>What of a client's request reaches the server and the cache: the target, and nothing else.</summary>
public abstract class ForwardingTests(bool throughPipeline)
{
    private const string Manifest = "/cvmfs/a.example.org/.cvmfs_status.json";

    [Fact, Conforms("proxy", 66), Conforms("proxy", 76)]
    public async Task S9_the_request_line_names_the_server_and_not_the_host_field()
    {
        await using var good = await EchoAsync();
        await using var evil = await EchoAsync();
        await using var proxy = await RunningProxy.StartAsync();
        string answer = await proxy.SendRawAsync($"GET http://127.0.0.1:{good.Port}{Manifest} HTTP/1.1\r\nHost: 127.0.0.1:{evil.Port}\r\nConnection: close\r\n\r\n", throughPipeline: throughPipeline);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Empty(evil.Seen);
        Assert.Equal($"127.0.0.1:{good.Port}", Assert.Single(good.Seen).Headers["Host"]);

        // Kept under the name of the server that was asked.
        await proxy.Client.GetStringAsync($"{evil.Url}{Manifest[1..]}");
        Assert.Single(evil.Seen);
        await proxy.Client.GetStringAsync($"{good.Url}{Manifest[1..]}");
        Assert.Single(good.Seen);
    }

    [Theory, Conforms("proxy", 67)]
    [InlineData("//cvmfs//a.example.org/.cvmfs_status.json")]
    [InlineData("/cvmfs/a%20b%2Fc%2f%C3%bc%7e~/.cvmfs_status.json")]
    [InlineData("/x/../y")]
    [InlineData("/x/%2e%2e/%2E/y")]
    [InlineData("/x\\..\\y")]
    [InlineData("/x?a=b/../c&d=%41")]
    [InlineData("/x;a=b,c@d:e[f]")]
    public async Task S11_the_path_goes_on_byte_for_byte(string path)
    {
        await using var upstream = await EchoAsync();
        await using var proxy = await RunningProxy.StartAsync(options => options.Documents.ExternalDestinations.Add("127\\.0\\.0\\.1:\\d+"));
        string answer = await proxy.SendRawAsync($"GET http://127.0.0.1:{upstream.Port}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", throughPipeline: throughPipeline);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal(path, Assert.Single(upstream.Seen).Target);
    }

    [Fact]
    public async Task S11_no_file_is_named_after_a_path()
    {
        using var folder = new TempFolder();
        string cache = folder.Combine("cache");
        await using var upstream = await EchoAsync();
        await using (var proxy = await RunningProxy.StartAsync(options => options.Documents.ExternalDestinations.Add("127\\.0\\.0\\.1:\\d+"), cacheFolder: cache))
        {
            foreach (string path in new[] { "/../../canary/.cvmfs_status.json", "/%2e%2e/%2e%2e/canary", "/..%2f..%2fcanary/.cvmfspublished", "/canary%00/.cvmfs_status.json" })
            {
                await proxy.SendRawAsync($"GET http://127.0.0.1:{upstream.Port}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", throughPipeline: throughPipeline);
            }
        }

        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories), static entry => entry.Contains("canary", StringComparison.Ordinal));
        Assert.Equal(["cache"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Theory, Conforms("proxy", 66)]
    [InlineData("X-Forwarded-For: 203.0.113.9")]
    [InlineData("X-Forwarded-Host: evil.example.org")]
    [InlineData("X-Forwarded-Proto: https")]
    [InlineData("Forwarded: for=203.0.113.9;host=evil.example.org")]
    [InlineData("X-Original-URL: /secret")]
    [InlineData("X-Rewrite-URL: /secret")]
    [InlineData("X-HTTP-Method-Override: DELETE")]
    [InlineData("CF-Connecting-IP: 203.0.113.9")]
    [InlineData("Cookie: a=b")]
    [InlineData("Accept-Encoding: gzip")]
    [InlineData("If-None-Match: \"x\"")]
    public async Task S17_a_field_of_one_client_reaches_neither_the_server_nor_another_client(string field)
    {
        await using var upstream = await EchoAsync();
        await using var proxy = await RunningProxy.StartAsync();
        string first = await proxy.SendRawAsync($"GET http://127.0.0.1:{upstream.Port}{Manifest} HTTP/1.1\r\nHost: x\r\n{field}\r\nConnection: close\r\n\r\n", throughPipeline: throughPipeline);
        Assert.StartsWith("HTTP/1.1 200 ", first, StringComparison.Ordinal);
        string name = field[..field.IndexOf(':', StringComparison.Ordinal)];
        Assert.False(Assert.Single(upstream.Seen).Headers.ContainsKey(name));
        Assert.DoesNotContain("evil", await proxy.Client.GetStringAsync($"{upstream.Url}{Manifest[1..]}"), StringComparison.Ordinal);
        Assert.Single(upstream.Seen); // and made no entry of its own
    }

    [Theory, Conforms("proxy", 68), Conforms("proxy", 76)]
    [InlineData("Connection: close, X-Secret\r\nX-Secret: a")]
    [InlineData("Connection: close, Host, Content-Length\r\nX-A: b")]
    [InlineData("Proxy-Connection: Keep-Alive\r\nConnection: close")]
    [InlineData("Keep-Alive: timeout=5\r\nConnection: close")]
    [InlineData("TE: trailers\r\nConnection: close, TE")]
    [InlineData("Trailer: X-A\r\nConnection: close")]
    [InlineData("Upgrade: h2c\r\nConnection: close, Upgrade")]
    [InlineData("Proxy-Authorization: Basic YTpi\r\nConnection: close")]
    public async Task S18_fields_of_one_connection_stay_on_it(string fields)
    {
        await using var upstream = await EchoAsync();
        await using var proxy = await RunningProxy.StartAsync();
        string answer = await proxy.SendRawAsync($"GET http://127.0.0.1:{upstream.Port}{Manifest} HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n", throughPipeline: throughPipeline);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        var seen = Assert.Single(upstream.Seen);
        Assert.Equal($"127.0.0.1:{upstream.Port}", seen.Headers["Host"]);
        Assert.Equal(["Accept", "Host", "User-Agent", "Via"], seen.Headers.Keys.Where(static name => name != "Connection").Order(StringComparer.Ordinal));
        Assert.DoesNotMatch("(?im)^(Proxy-Connection|Keep-Alive|TE|Trailer|Upgrade|Proxy-Authenticate):", answer);
        Assert.Contains($"\r\nContent-Length: {Body.Length}\r\n", answer, StringComparison.Ordinal);
    }

    [Fact, Conforms("proxy", 68)]
    public async Task S18_fields_of_a_servers_connection_stay_on_it()
    {
        await using var upstream = new RawServer($"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close, X-Hop\r\nX-Hop: a\r\nKeep-Alive: timeout=9\r\nProxy-Authenticate: Basic\r\nUpgrade: x\r\nTrailer: y\r\nSet-Cookie: a=b\r\nServer: z\r\n\r\n{{}}");
        await using var proxy = await RunningProxy.StartAsync();
        string answer = await proxy.SendRawAsync($"GET {upstream.BaseUrl}{Manifest[1..]} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", throughPipeline: throughPipeline);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?im)^(X-Hop|Keep-Alive|Proxy-Authenticate|Upgrade|Trailer|Set-Cookie):", answer);
        Assert.Single(Regex.Matches(answer, "(?im)^Via: 1.1 cvmfs-net\r$"));
    }

    [Fact, Conforms("proxy", 70)]
    public async Task Nobody_is_asked_for_a_content_coding_and_none_is_passed_on()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = static context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return ScriptedUpstream.SendAsync(context, Body);
        };
        await using var proxy = await RunningProxy.StartAsync();
        using var answer = await proxy.Client.GetAsync($"{upstream.Url}{Manifest[1..]}");
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.All(upstream.Seen, static seen => Assert.False(seen.Headers.ContainsKey("Accept-Encoding")));
    }

    private static byte[] Body => "{}"u8.ToArray();

    private static async Task<ScriptedUpstream> EchoAsync()
    {
        var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = static context => ScriptedUpstream.SendAsync(context, Body);
        return upstream;
    }

    public sealed class OnEventLoops() : ForwardingTests(throughPipeline: false);

    public sealed class ThroughTheWebServer() : ForwardingTests(throughPipeline: true);
}
