using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Tests.Upstreams;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Tests.Connections;

/// <summary>Whether an event loop or the web server's pipeline answers: the answers are the same.</summary>
public sealed class TwoDoorsTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];

    private static readonly string Tag = $"\"{ScriptedUpstream.KeyOf(Content).Hash}\"";

    [Theory]
    [Conforms("proxy", 74)]
    [InlineData("GET", "object", "")]
    [InlineData("HEAD", "object", "")]
    [InlineData("GET", "object", "Range: bytes=10-19\r\n")]
    [InlineData("HEAD", "object", "Range: bytes=10-19\r\n")]
    [InlineData("GET", "object", "Range: bytes=-1\r\n")]
    [InlineData("GET", "object", "Range: bytes=1000-\r\n")]
    [InlineData("GET", "object", "Range: bytes=5-2\r\n")]
    [InlineData("GET", "object", "Range: bytes=0-1,4-5\r\n")]
    [InlineData("GET", "object", "Range: bytes=0-1\r\nIf-Range: \"x\"\r\n")]
    [InlineData("GET", "object", "Range: bytes=0-1\r\nIf-Range: {tag}\r\n")]
    [InlineData("GET", "object", "Range: bytes=0-1\r\nIf-Range: W/{tag}\r\n")]
    [InlineData("GET", "object", "If-None-Match: *\r\n")]
    [InlineData("GET", "object", "If-None-Match: {tag}\r\n")]
    [InlineData("HEAD", "object", "If-None-Match: \"x\", W/{tag}\r\n")]
    [InlineData("GET", "object", "If-None-Match: \"x\"\r\n")]
    [InlineData("GET", "object", "If-None-Match: {tag}\r\nIf-None-Match: \"x\"\r\n")]
    [InlineData("GET", "object", "If-None-Match: {tag}\r\nRange: bytes=0-1\r\n")]
    [InlineData("GET", "object", "If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT\r\n")]
    [InlineData("GET", "object", "Via: 1.0 a, 1.1 b (c)\r\nX-CVMFS-Sibling: 1\r\n")]
    [InlineData("GET", "object", "Cache-Control: no-cache\r\nPragma: no-cache\r\n")]
    [InlineData("GET", "object", "Cache-Control: max-age=0\r\n")]
    [InlineData("GET", "object", "Proxy-Connection: Keep-Alive\r\nUser-Agent: cvmfs Fuse 2.12.0\r\ncvmfs-info: /a\r\n")]
    [InlineData("GET", "absent", "")]
    [InlineData("HEAD", "absent", "")]
    [InlineData("GET", "failing", "")]
    [InlineData("GET", ".cvmfs_status.json", "")]
    [InlineData("HEAD", ".cvmfs_status.json", "")]
    [InlineData("GET", ".cvmfs_status.json", "Range: bytes=1-2\r\n")]
    [InlineData("GET", ".cvmfs_status.json", "If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT\r\n")]
    [InlineData("GET", ".cvmfs_absent", "")]
    [InlineData("GET", "something/else", "")]
    [InlineData("POST", "object", "Content-Length: 0\r\n")]
    [InlineData("GET", "object", "Content-Length: 3\r\n")]
    [InlineData("GET", "object", "Via: 1.1 other\r\n")]
    public async Task Answer_alike(string method, string what, string fields)
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = AnswerAsync;
        var clock = new FakeClock();
        await using var proxy = await RunningProxy.StartAsync(clock: clock);
        string name = what switch
        {
            "object" => ObjectPath.Of(ScriptedUpstream.KeyOf(Content)),
            "absent" => ObjectPath.Of(ScriptedUpstream.KeyOf([1])),
            "failing" => ObjectPath.Of(ScriptedUpstream.KeyOf([2])),
            _ => what,
        };
        string url = $"{upstream.Url}cvmfs/a.example.org/{name}";
        foreach (string target in (string[])[url, url.Replace("127.0.0.1", "127.0.0.2", StringComparison.Ordinal)])
        {
            string request = $"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields.Replace("{tag}", Tag, StringComparison.Ordinal)}\r\n";
            await proxy.SendRawAsync(request, throughPipeline: true); // fills the cache, or what is known to be absent
            Assert.Equal(Parts(await proxy.SendRawAsync(request, throughPipeline: true)), Parts(await proxy.SendRawAsync(request)));
        }
    }

    [Fact]
    public async Task Fetch_alike()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        byte[][] objects = [.. Enumerable.Range(0, 4).Select(i => Enumerable.Repeat((byte)i, i < 2 ? 1000 : 2_000_000).ToArray())];
        upstream.Serve(objects);
        await using var proxy = await RunningProxy.StartAsync(clock: new FakeClock()); // answers say their age
        for (int i = 0; i < 4; i += 2)
        {
            Assert.Equal(HeadOf(await AskAsync(objects[i], false)), HeadOf(await AskAsync(objects[i + 1], true)));
        }

        static IEnumerable<string> HeadOf(string answer) => Head(answer).Where(static line => !line.StartsWith("ETag: ", StringComparison.Ordinal)); // the objects differ

        Task<string> AskAsync(byte[] content, bool throughPipeline) => proxy.SendRawAsync(
            $"GET {upstream.Url}cvmfs/a.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(content))} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", throughPipeline: throughPipeline);
    }

    [Theory]
    [Conforms("proxy", 74)]
    [InlineData("ETag: \"\u00e9\"")]
    [InlineData("Content-Type: text/\u00ff")]
    [InlineData("Last-Modified: \u00a0")]
    [InlineData("Cache-Control: max-age=61, said=\"\u00e9\"")]
    public async Task Fields_that_nobody_could_be_sent_are_dropped(string field)
    {
        const string Plain = "ETag: \"a\tb\"";
        string head = $"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n{field}\r\n{(field.StartsWith("ETag", StringComparison.Ordinal) ? "" : Plain + "\r\n")}\r\n";
        await using var upstream = new RawUpstream(async talk =>
        {
            while (await talk.ReadRequestAsync() is { } asked) await talk.SayAsync(asked.StartsWith("HEAD", StringComparison.Ordinal) ? head : head + "{ }");
        });
        await using var proxy = await RunningProxy.StartAsync(clock: new FakeClock()); // answers say their age
        foreach (string method in (string[])["GET", "HEAD", "GET"])
        {
            string url = $"{upstream.Url}cvmfs/{method}.example.org/.cvmfs_status.json"; // HEAD of what is not kept is passed through
            string request = $"{method} {url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            await proxy.SendRawAsync(request);
            string[] answer = Parts(await proxy.SendRawAsync(request)), other = Parts(await proxy.SendRawAsync(request, throughPipeline: true));
            Assert.Equal(answer, other);
            Assert.Contains("HTTP/1.1 200 OK", answer);
            Assert.DoesNotContain(answer, line => line.StartsWith(field[..field.IndexOf(':', StringComparison.Ordinal)], StringComparison.Ordinal));
            if (!field.StartsWith("ETag", StringComparison.Ordinal)) Assert.Contains(Plain, answer);
        }
    }

    [Fact]
    [Conforms("proxy", 65)]
    public async Task Real_clients_stay_in_the_loop_whatever_they_ask_for()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = AnswerAsync;
        await using var proxy = await RunningProxy.StartAsync();
        using var client = await RawClient.ConnectAsync(proxy.Port);
        string url = $"{upstream.Url}cvmfs/a.example.org/";
        foreach (string path in (string[])[".cvmfs_status.json", ObjectPath.Of(ScriptedUpstream.KeyOf(Content)), ObjectPath.Of(ScriptedUpstream.KeyOf([1])), ".cvmfs_absent"])
        {
            foreach (string more in (string[])["", "cvmfs-info: /x\r\nX-CVMFS-PID: 1\r\n", "Cache-Control: no-cache\r\nPragma: no-cache\r\n", "Via: 1.1 sibling\r\nX-CVMFS-Sibling: 1\r\n"])
            {
                await client.SendAsync(RawClient.Get(url + path, more));
                Assert.StartsWith(path.EndsWith("json", StringComparison.Ordinal) || path.EndsWith(ObjectPath.Of(ScriptedUpstream.KeyOf(Content)), StringComparison.Ordinal) ? "HTTP/1.1 200" : "HTTP/1.1 404",
                    (await client.ReadAnswerAsync()).Head, StringComparison.Ordinal);
            }
        }

        Assert.Equal(0, proxy.Proxy.Connections.InPipeline);
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        if (path.EndsWith(ObjectPath.Of(ScriptedUpstream.KeyOf(Content)), StringComparison.Ordinal))
        {
            await ScriptedUpstream.SendAsync(context, Content);
        }
        else if (path.EndsWith("status.json", StringComparison.Ordinal))
        {
            context.Response.ContentType = "application/json";
            context.Response.Headers.CacheControl = "max-age=61";
            context.Response.Headers.LastModified = "Thu, 01 Jan 2026 00:00:00 GMT";
            await ScriptedUpstream.SendAsync(context, "{ }"u8.ToArray());
        }
        else
        {
            context.Response.StatusCode = path.EndsWith(ObjectPath.Of(ScriptedUpstream.KeyOf([2])), StringComparison.Ordinal) ? 500 : 404;
        }
    }

    private static string[] Head(string answer) => [.. answer[..answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Split("\r\n")
        .Where(static line => !line.StartsWith("Date: ", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    private static string[] Parts(string answer) => [.. Head(answer), answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..]];
}
