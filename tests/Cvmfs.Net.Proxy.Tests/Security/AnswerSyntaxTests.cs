using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Security;

/// <summary>Answers of servers that are broken, cut off, or made to be read in two ways.</summary>
public abstract class AnswerSyntaxTests(bool throughPipeline)
{
    private const string Document = "/cvmfs/a.example.org/.cvmfs_status.json";
    private const string Ok = "HTTP/1.1 200 OK\r\n";
    private const string Chunked = Ok + "Transfer-Encoding: chunked\r\n\r\n";

    [Theory, Conforms("proxy", 76), Conforms("proxy", 88)]
    [InlineData("S4 two lengths", Ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x")]
    [InlineData("S4 no number", Ok + "Content-Length: 2x\r\n\r\n{}")]
    [InlineData("S4 negative", Ok + "Content-Length: -2\r\n\r\n{}")]
    [InlineData("S4 signed", Ok + "Content-Length: +2\r\n\r\n{}")]
    [InlineData("S5 signed chunk", Chunked + "+2\r\n{}\r\n0\r\n\r\n")]
    [InlineData("S5 long chunk size", Chunked + "00000000000000002\r\n{}\r\n0\r\n\r\n")]
    [InlineData("S5 no chunk size", Chunked + "\r\n{}\r\n0\r\n\r\n")]
    [InlineData("S5 chunk longer than its size", Chunked + "1\r\n{}\r\n0\r\n\r\n")]
    [InlineData("S24 short of its length", Ok + "Content-Length: 3\r\n\r\n{}")]
    [InlineData("S24 without a last chunk", Chunked + "2\r\n{}\r\n")]
    [InlineData("S24 inside a chunk", Chunked + "9\r\n{}")]
    [InlineData("S23 no status line", "200 OK\r\n\r\n{}")]
    [InlineData("S23 another protocol", "SSH-2.0-OpenSSH_9.6\r\n")]
    [InlineData("S23 no status", "HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("S23 nothing", "")]
    [InlineData("S25 only interim", "HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("S7 NUL", Ok + "X-A: b\0c\r\nContent-Length: 2\r\n\r\n{}")]
    public async Task A_broken_answer_is_an_error_and_is_not_kept(string line, string answer)
    {
        await using var broken = new RawServer(answer);
        await using var proxy = await RunningProxy.StartAsync();
        for (int round = 0; round < 2; round++)
        {
            string told = await AskAsync(proxy, broken.BaseUrl, Document);
            Assert.True(Regex.IsMatch(told, "^HTTP/1.1 50[24] "), $"{line}: {told}");
            Assert.DoesNotContain("{}", told, StringComparison.Ordinal);
            Assert.Matches("(?im)^Proxy-Status: cvmfs-net; error=", told);
            Assert.Matches("(?im)^Cache-Control: no-store", told);
        }
    }

    [Theory, Conforms("proxy", 76)]
    [InlineData("S23 one long field", 1, 70_000)]
    [InlineData("S23 many bytes", 100, 1000)]
    [InlineData("S23 many fields", 201, 4)]
    public Task A_head_too_large_is_an_error(string line, int fields, int bytes) => A_broken_answer_is_an_error_and_is_not_kept(
        line, Ok + string.Concat(Enumerable.Range(0, fields).Select(at => $"X-{at}: {new string('b', bytes)}\r\n")) + "Content-Length: 2\r\n\r\n{}");

    [Fact, Conforms("proxy", 76)]
    public async Task S4_a_chunked_answer_with_a_length_is_read_by_its_chunks_or_not_at_all()
    {
        await using var server = new RawServer(Ok + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
        await using var proxy = await RunningProxy.StartAsync();
        string told = await AskAsync(proxy, server.BaseUrl, Document);
        Assert.True(told.StartsWith("HTTP/1.1 502 ", StringComparison.Ordinal) || told.EndsWith("\r\n\r\n{}", StringComparison.Ordinal), told);
    }

    [Theory, Conforms("proxy", 69)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")]
    public async Task S25_interim_answers_stay_here(string interim)
    {
        await using var server = new RawServer(interim + Ok + "Content-Length: 2\r\n\r\n{}");
        await using var proxy = await RunningProxy.StartAsync();
        string told = await AskAsync(proxy, server.BaseUrl, Document);
        Assert.StartsWith("HTTP/1.1 200 ", told, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(told, "HTTP/1.1 "));
        Assert.EndsWith("\r\n\r\n{}", told, StringComparison.Ordinal);
    }

    [Fact, Conforms("proxy", 76)]
    public async Task S26_what_follows_an_answer_is_nobodys_answer()
    {
        const string Evil = Ok + "Content-Length: 4\r\n\r\nevil";
        await using var server = new TalkativeServer(
            Ok + "Content-Length: 2\r\n\r\n{}" + Evil,
            Ok + "Content-Length: 2\r\n\r\n[]" + Evil,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" + Evil);
        await using var proxy = await RunningProxy.StartAsync();
        for (int at = 0; at < 6; at++)
        {
            string told = await AskAsync(proxy, server.Url, $"/cvmfs/r{at}.example.org/.cvmfs_status.json");
            Assert.DoesNotContain("evil", told, StringComparison.Ordinal);
        }
    }

    [Fact, Conforms("proxy", 78)]
    public async Task S27_a_wrong_body_under_the_name_of_an_object_is_never_ended_nor_kept()
    {
        byte[] right = Encoding.ASCII.GetBytes("right");
        string path = "/cvmfs/a.example.org/" + Objects.ObjectPath.Of(ScriptedUpstream.KeyOf(right));
        foreach (string answer in new[]
        {
            Ok + "Content-Length: 5\r\n\r\nwrong", Chunked + "5\r\nwrong\r\n0\r\n\r\n", Ok + "Content-Length: 6\r\n\r\nright!", Ok + "Content-Length: 4\r\n\r\nrigh",
            Ok + "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nright", Ok + "Connection: close\r\n\r\nrigh", "HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\nContent-Range: bytes 0-4/9\r\n\r\nright",
        })
        {
            await using var server = new RawServer(answer);
            await using var proxy = await RunningProxy.StartAsync();
            string told = await AskAsync(proxy, server.BaseUrl, path);
            Assert.False(IsWhole(told), $"{answer} → {told}");
            Assert.Equal(0, proxy.Proxy.CachedObjects);
        }

        await using var good = await ScriptedUpstream.StartAsync();
        good.Serve(right);
        await using var fresh = await RunningProxy.StartAsync();
        Assert.True(IsWhole(await AskAsync(fresh, good.Url, path)));
    }

    [Fact]
    public async Task An_endless_body_is_given_up_and_not_kept()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        var left = new TaskCompletionSource();
        upstream.Answer = async context =>
        {
            byte[] piece = new byte[64 << 10];
            try
            {
                while (true) await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }
            catch (Exception gone) when (gone is OperationCanceledException or IOException)
            {
                left.TrySetResult();
            }
        };
        await using var proxy = await RunningProxy.StartAsync(options => options.Upstream.MaxObjectBytes = 1 << 20);
        string path = "/cvmfs/a.example.org/" + Objects.ObjectPath.Of(ScriptedUpstream.KeyOf([1]));
        Assert.False(IsWhole(await AskAsync(proxy, upstream.Url, path)));
        await left.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(0, proxy.Proxy.CachedObjects);
    }

    /// <summary>Whether an answer is of status 200 and ends properly.</summary>
    private static bool IsWhole(string answer)
    {
        int end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (!answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) || end < 0) return false;
        var length = Regex.Match(answer[..end], "(?im)^Content-Length: (\\d+)");
        return length.Success ? answer.Length - end - 4 == int.Parse(length.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) : answer.EndsWith("0\r\n\r\n", StringComparison.Ordinal);
    }

    private async Task<string> AskAsync(RunningProxy proxy, Uri server, string path)
    {
        try
        {
            return await proxy.SendRawAsync($"GET http://{server.Authority}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", throughPipeline: throughPipeline).WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            return ""; // reset: what was sent so far is lost to this reader, as to a client
        }
    }

    /// <summary>Says more than it was asked, on connections that it keeps open.</summary>
    private sealed class TalkativeServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly string[] _answers;
        private readonly List<Socket> _clients = [];
        private readonly Task _serving;
        private int _asked;

        public TalkativeServer(params string[] answers)
        {
            _answers = answers;
            _listener.Start();
            _serving = AcceptAsync();
        }

        public Uri Url => new($"http://{_listener.LocalEndpoint}");

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            foreach (var client in _clients) client.Dispose();
            await _serving;
            _listener.Dispose();
        }

        private async Task AcceptAsync()
        {
            var running = new List<Task>();
            try
            {
                while (true)
                {
                    var client = await _listener.AcceptSocketAsync();
                    _clients.Add(client);
                    running.Add(ServeAsync(client));
                }
            }
            catch (Exception over) when (over is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                await Task.WhenAll(running);
            }
        }

        private async Task ServeAsync(Socket client)
        {
            byte[] request = new byte[64 << 10];
            try
            {
                while (await client.ReceiveAsync(request) > 0)
                {
                    await client.SendAsync(Encoding.Latin1.GetBytes(_answers[(Interlocked.Increment(ref _asked) - 1) % _answers.Length]));
                }
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                // The proxy wants no more of it.
            }
        }
    }

    public sealed class OnEventLoops() : AnswerSyntaxTests(throughPipeline: false);

    public sealed class ThroughTheWebServer() : AnswerSyntaxTests(throughPipeline: true);
}
