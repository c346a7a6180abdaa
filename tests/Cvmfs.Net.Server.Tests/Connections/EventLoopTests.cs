using System.Net;
using System.Net.Sockets;
using System.Text;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Server.Tests.Connections;

public sealed class EventLoopTests
{
    private const string Base = "/cvmfs/sw.example.org/";

    [Fact]
    [Conforms("stratum1", 82)]
    public async Task Answers_come_in_the_order_of_the_requests_whoever_gives_them()
    {
        await using var server = await TestServer.StartAsync();
        var requests = new StringBuilder();
        var expected = new StringBuilder();
        for (int i = 0; i < 120; i++)
        {
            // Twice each, so that some come from memory; among them what is absent, and a HEAD.
            byte[] content = Encoding.ASCII.GetBytes($"[{i / 3}]");
            requests.Append(Request(i % 7 == 6 ? "HEAD" : "GET", Base + server.Root.WriteObject(content)));
            if (i % 7 != 6) expected.Append($"[{i / 3}]");
            if (i % 10 == 9) requests.Append(Request("GET", Base + ServedFolder.PathOf(Encoding.ASCII.GetBytes($"absent {i}"))));
        }

        // From here on the connection is the web server's: first a document, then content again.
        requests.Append(Request("GET", "/cvmfs/info/v1/meta.json")).Append(Request("GET", Base + server.Root.WriteObject("[last]"u8), "Connection: close\r\n"));
        expected.Append("{}\n[last]");

        foreach (var endPoint in (IPEndPoint[])[server.EndPoint, server.PipelineEndPoint])
        {
            string all = Encoding.ASCII.GetString(await ConverseAsync(endPoint, Encoding.ASCII.GetBytes(requests.ToString())));
            Assert.Equal(expected.ToString(), string.Concat(Bodies(all)));
            Assert.Equal(134, all.Split("HTTP/1.1 ").Length - 1);
            Assert.Equal(12, all.Split("HTTP/1.1 404").Length - 1);
        }
    }

    [Fact]
    public async Task A_request_may_come_in_any_pieces()
    {
        await using var server = await TestServer.StartAsync();
        string path = server.Root.WriteObject("content"u8);
        byte[] request = Encoding.ASCII.GetBytes(Request("GET", Base + path) + Request("POST", "/", "Content-Length: 0\r\n") + Request("GET", Base + path, "Connection: close\r\n"));
        foreach (int piece in (int[])[1, 7, 64])
        {
            using var client = await ConnectAsync(server.EndPoint);
            client.NoDelay = true;
            for (int at = 0; at < request.Length; at += piece)
            {
                await client.GetStream().WriteAsync(request.AsMemory(at, Math.Min(piece, request.Length - at)), TestContext.Current.CancellationToken);
            }

            string all = Encoding.ASCII.GetString(await ReadToEndAsync(client));
            Assert.Equal(3, all.Split("HTTP/1.1 ").Length - 1);
            Assert.Equal("contentcontent", string.Concat(Bodies(all)));
        }
    }

    /// <summary>Where two parsers could disagree about where a request ends, the answers must be those of the one that judges.</summary>
    [Theory]
    [Conforms("stratum1", 83)]
    [InlineData("Content-Length: 5\r\n\r\nGET /")]
    [InlineData("Content-Length: 0\r\nContent-Length: 44\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("X: a\r\n Content-Length: 44\r\n\r\n")]
    [InlineData("X: a\nContent-Length: 44\r\n\r\n")]
    [InlineData("Host: other\r\n\r\n")]
    [InlineData("Expect: 100-continue\r\n\r\n")]
    public async Task Nothing_can_be_smuggled_between_the_two_parsers(string tail)
    {
        await using var server = await TestServer.StartAsync();
        string path = server.Root.WriteObject("content"u8);
        byte[] bytes = Encoding.ASCII.GetBytes(
            $"GET {Base}{path} HTTP/1.1\r\nHost: x\r\n{tail}{Request("GET", Base + path)}{Request("GET", Base + path, "Connection: close\r\n")}nonsense\r\n\r\n");
        Assert.Equal(Statuses(await ConverseAsync(server.PipelineEndPoint, bytes)), Statuses(await ConverseAsync(server.EndPoint, bytes)));
    }

    [Fact]
    [Conforms("stratum1", 88)]
    public async Task Who_sends_a_head_byte_by_byte_or_nothing_at_all_is_left()
    {
        await using var server = await TestServer.StartAsync();
        string path = server.Root.WriteObject("content"u8);
        using var slow = await ConnectAsync(server.EndPoint);
        using var idle = await ConnectAsync(server.EndPoint);
        await slow.GetStream().WriteAsync("GET /cvm"u8.ToArray(), TestContext.Current.CancellationToken);
        var stream = slow.GetStream();
        var end = EndAsync(slow);
        for (int seconds = 0; !end.IsCompleted; seconds++)
        {
            Assert.True(seconds < 100_000, "it gained time by each of its bytes");
            await AskAsync(idle, path); // seconds are nothing between requests
            server.Clock.Advance(TimeSpan.FromSeconds(1));
            await TrySendAsync(stream);
        }

        Assert.Equal(0, await end);
        await AskAsync(idle, path);
        for (end = EndAsync(idle); !end.IsCompleted; await Task.Yield()) server.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, await end);

        static async Task TrySendAsync(NetworkStream stream)
        {
            try
            {
                await stream.WriteAsync("f"u8.ToArray(), TestContext.Current.CancellationToken);
            }
            catch (IOException)
            {
                // left already
            }
        }
    }

    [Fact]
    [Conforms("stratum1", 88)]
    public async Task Who_takes_an_answer_too_slowly_is_cut_off_and_nobody_else_waits()
    {
        await using var server = await TestServer.StartAsync();
        byte[] content = new byte[32 << 20];
        string large = server.Root.WriteObject(content);
        string small = server.Root.WriteObject("content"u8);
        using var slow = await ConnectAsync(server.EndPoint, receiveBuffer: 4096);
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Request("GET", Base + large)), TestContext.Current.CancellationToken);
        byte[] first = new byte[100];
        await slow.GetStream().ReadExactlyAsync(first, TestContext.Current.CancellationToken); // the answer has begun

        using var other = await ConnectAsync(server.EndPoint);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            // A thousand bytes in eleven seconds: a break, and not an end, when the loop looks the next time.
            for (int read = 0; read < content.Length; read += 1000)
            {
                await slow.GetStream().ReadExactlyAsync(new byte[1000], TestContext.Current.CancellationToken);
                server.Clock.Advance(TimeSpan.FromSeconds(11));
                await AskAsync(other, small);
            }
        });
    }

    [Fact]
    [Conforms("stratum1", 88)]
    public async Task One_address_has_so_many_connections_and_no_more()
    {
        await using var server = await TestServer.StartAsync(options => options.MaxConnectionsPerAddress = 3);
        string path = server.Root.WriteObject("content"u8);
        var clients = new List<TcpClient>();
        for (int i = 0; i < 3; i++)
        {
            clients.Add(await ConnectAsync(server.EndPoint));
            await AskAsync(clients[i], path);
        }

        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            using var fourth = await ConnectAsync(server.EndPoint);
            await AskAsync(fourth, path);
        });
        clients[0].Dispose();
        await RetryAsync(async () =>
        {
            using var fifth = await ConnectAsync(server.EndPoint);
            await AskAsync(fifth, path);
        });
        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public async Task Stopping_finishes_what_is_being_sent_and_takes_nobody_new()
    {
        await using var server = await TestServer.StartAsync();
        byte[] content = new byte[16 << 20];
        string path = server.Root.WriteObject(content);
        using var client = await ConnectAsync(server.EndPoint, receiveBuffer: 4096);
        using var idle = await ConnectAsync(server.EndPoint);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Request("GET", Base + path)), TestContext.Current.CancellationToken);
        byte[] first = new byte[100];
        await client.GetStream().ReadExactlyAsync(first, TestContext.Current.CancellationToken);

        var stopping = server.StopAsync();
        Assert.Equal(0, await EndAsync(idle));
        Assert.False(stopping.IsCompleted);
        byte[] rest = await ReadToEndAsync(client);
        await stopping;

        string head = Encoding.ASCII.GetString([.. first, .. rest[..1000]]);
        Assert.Equal(content.Length, first.Length + rest.Length - head.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4);
        await Assert.ThrowsAnyAsync<IOException>(() => ConnectAsync(server.EndPoint));
    }

    [Fact]
    public async Task A_file_that_shrinks_ends_in_a_break()
    {
        await using var server = await TestServer.StartAsync();
        string path = server.Root.WriteObject(new byte[8 << 20]);
        using var client = await ConnectAsync(server.EndPoint, receiveBuffer: 4096);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Request("GET", Base + path)), TestContext.Current.CancellationToken);
        await client.GetStream().ReadExactlyAsync(new byte[100], TestContext.Current.CancellationToken);
        using (var file = File.OpenWrite(server.Root.Combine("sw.example.org/" + path))) file.SetLength(1000);
        await Assert.ThrowsAnyAsync<IOException>(() => ReadToEndAsync(client));
    }

    [Fact]
    public async Task What_is_damaged_is_not_served_a_second_time()
    {
        await using var server = await TestServer.StartAsync();
        string path = server.Root.WriteObject("content"u8);
        server.Root.Write("sw.example.org/" + path, "cOntent"u8);
        Assert.Equal(200, (await server.GetAsync(Base + path)).Status); // nobody hashes what is asked for once
        Assert.Equal(500, (await server.GetAsync(Base + path)).Status);
        server.Root.Write("sw.example.org/" + path, "content"u8);
        Assert.Equal("content"u8.ToArray(), (await server.GetAsync(Base + path)).Body);

        string empty = server.Root.WriteObject("more content"u8);
        server.Root.Write("sw.example.org/" + empty, []);
        Assert.Equal(500, (await server.GetAsync(Base + empty)).Status);
    }

    [Fact]
    public async Task Statistics_are_served_by_their_kind()
    {
        await using var server = await TestServer.StartAsync();
        server.Root.Write("sw.example.org/stats/plot.json", "{}"u8);
        server.Root.Write("sw.example.org/stats/stats.db", "SQLite"u8);
        var json = await server.GetAsync(Base + "stats/plot.json");
        Assert.Equal((200, "application/json", "public, max-age=61"), (json.Status, json["Content-Type"], json["Cache-Control"]));
        var database = await server.GetAsync(Base + "stats/stats.db");
        Assert.Equal((200, "application/octet-stream", "public, max-age=259200"), (database.Status, database["Content-Type"], database["Cache-Control"]));
        Assert.Equal(404, (await server.GetAsync(Base + "stats/.hidden")).Status);
        Assert.Equal(404, (await server.GetAsync(Base + "stats/a/b")).Status);
    }

    private static string Request(string method, string target, string more = "") => $"{method} {target} HTTP/1.1\r\nHost: x\r\n{more}\r\n";

    private static async Task<TcpClient> ConnectAsync(IPEndPoint endPoint, int receiveBuffer = 0)
    {
        var client = new TcpClient();
        if (receiveBuffer > 0) client.ReceiveBufferSize = receiveBuffer;
        try
        {
            await client.ConnectAsync(endPoint, TestContext.Current.CancellationToken);
        }
        catch (SocketException e)
        {
            throw new IOException("refused", e); // so quickly that connecting has not returned yet
        }

        return client;
    }

    private static async Task AskAsync(TcpClient client, string path)
    {
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Request("GET", Base + path)), TestContext.Current.CancellationToken);
        var received = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!received.ToString().EndsWith("content", StringComparison.Ordinal))
        {
            int read = await client.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken);
            if (read == 0) throw new IOException("closed: " + received);
            received.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
    }

    /// <summary>0 when the other side has left, politely or, because there was something it had not read, less so.</summary>
    private static async Task<int> EndAsync(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static async Task<byte[]> ConverseAsync(IPEndPoint endPoint, byte[] bytes)
    {
        using var client = await ConnectAsync(endPoint);
        var stream = client.GetStream();
        await stream.WriteAsync(bytes, TestContext.Current.CancellationToken);
        return await ReadToEndAsync(stream);
    }

    private static Task<byte[]> ReadToEndAsync(TcpClient client) => ReadToEndAsync(client.GetStream());

    private static async Task<byte[]> ReadToEndAsync(NetworkStream stream)
    {
        var received = new MemoryStream();
        await stream.CopyToAsync(received, TestContext.Current.CancellationToken);
        return received.ToArray();
    }

    /// <summary>The other side learns a little later that a connection has ended.</summary>
    private static async Task RetryAsync(Func<Task> action)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await action();
                return;
            }
            catch (IOException) when (attempt < 200)
            {
                await Task.Yield();
            }
        }
    }

    private static string Statuses(byte[] conversation)
        => string.Join(' ', Encoding.Latin1.GetString(conversation).Split("HTTP/1.1 ").Skip(1).Select(answer => answer[..3]));

    /// <summary>What is between the heads; the contents here hold no empty line.</summary>
    private static IEnumerable<string> Bodies(string all)
        => all.Split("HTTP/1.1 ").Skip(1).Select(answer => answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
}
