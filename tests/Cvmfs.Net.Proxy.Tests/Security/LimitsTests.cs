using System.Net;
using System.Net.Sockets;
using System.Text;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Security;

/// <summary>What one client may take up: time for a head, time between requests, connections.</summary>
public sealed class LimitsTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(10);

    [Fact, Conforms("proxy", 104)]
    public async Task S21_a_head_that_drips_in_is_cut_off_after_ten_seconds()
    {
        var clock = new FakeClock();
        await using var upstream = await ServingAsync();
        await using var proxy = await RunningProxy.StartAsync(loopClock: clock);
        using var client = await Peer.ConnectAsync(proxy);

        // The beginning of the next request comes with a whole one, so that it has arrived when that is answered.
        await client.AskAsync(Request(upstream) + "GET http://");
        clock.Advance(TimeSpan.FromSeconds(6));
        await client.SendAsync("x");
        clock.Advance(TimeSpan.FromSeconds(6));
        await client.WhenClosedAsync();
    }

    [Fact, Conforms("proxy", 104)]
    public async Task S21_a_client_that_asks_nothing_goes_after_a_minute()
    {
        var clock = new FakeClock();
        await using var upstream = await ServingAsync();
        await using var proxy = await RunningProxy.StartAsync(loopClock: clock);
        using var client = await Peer.ConnectAsync(proxy);
        for (int round = 0; round < 3; round++)
        {
            await client.AskAsync(Request(upstream));
            clock.Advance(TimeSpan.FromSeconds(50));
        }

        clock.Advance(TimeSpan.FromSeconds(15));
        await client.WhenClosedAsync();
    }

    [Fact, Conforms("proxy", 104)]
    public async Task S22_one_address_gets_so_many_connections()
    {
        await using var upstream = await ServingAsync();
        await using var proxy = await RunningProxy.StartAsync(static options => options.Clients.MaxConnectionsPerAddress = 4);
        var clients = new List<Peer>();
        for (int at = 0; at < 4; at++)
        {
            clients.Add(await Peer.ConnectAsync(proxy));
            await clients[^1].AskAsync(Request(upstream));
        }

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var one = await Peer.ConnectAsync(proxy);
            await one.AskAsync(Request(upstream));
        });
        using (var other = await Peer.ConnectAsync(proxy, "127.0.0.2")) await other.AskAsync(Request(upstream)); // is not to blame
        foreach (var client in clients) await client.AskAsync(Request(upstream)); // and those that were there stay
        foreach (var client in clients) client.Dispose();
    }

    [Fact, Conforms("proxy", 104)]
    public async Task S22_at_the_limit_the_client_that_has_been_idle_longest_goes()
    {
        var clock = new FakeClock();
        await using var upstream = await ServingAsync();
        await using var proxy = await RunningProxy.StartAsync(static options => options.Clients.MaxConnections = 16, loopClock: clock);
        var clients = new List<Peer>();
        for (int at = 0; at < 17; at++)
        {
            clients.Add(await Peer.ConnectAsync(proxy, $"127.0.0.{at + 2}"));
            await clients[^1].AskAsync(Request(upstream));
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        await clients[0].WhenClosedAsync();
        foreach (var client in clients.Skip(1)) await client.AskAsync(Request(upstream));
        foreach (var client in clients) client.Dispose();
    }

    [Fact, Conforms("proxy", 76)]
    public async Task Requests_that_come_at_once_are_answered_in_their_order()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = static context => ScriptedUpstream.SendAsync(context, Encoding.ASCII.GetBytes(context.Request.Path.Value!));
        await using var proxy = await RunningProxy.StartAsync();
        string[] paths = [.. Enumerable.Range(0, 40).Select(static at => $"/cvmfs/r{at % 30}.example.org/.cvmfs_status.json")];
        string requests = string.Concat(paths.Select((path, at) =>
            $"GET http://127.0.0.1:{upstream.Port}{path} HTTP/1.1\r\nHost: x\r\n{(at % 7 == 3 ? "Range: bytes=0-9999\r\nTE: trailers\r\n" : "")}{(at == paths.Length - 1 ? "Connection: close\r\n" : "")}\r\n"));
        string answers = await proxy.SendRawAsync(requests).WaitAsync(Guard, TestContext.Current.CancellationToken);
        int from = 0;
        foreach (string path in paths)
        {
            int body = answers.IndexOf("\r\n\r\n", from, StringComparison.Ordinal) + 4;
            Assert.Equal(path, answers.Substring(body, path.Length));
            from = body + path.Length;
        }

        Assert.Equal(answers.Length, from);
    }

    [Theory, Conforms("proxy", 76)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_says_no_more_gets_what_is_there_and_a_closed_connection(bool isCached)
    {
        byte[] content = new byte[100_000];
        await using var upstream = await ScriptedUpstream.StartAsync();
        upstream.Serve(content);
        await using var proxy = await RunningProxy.StartAsync();
        string request = $"GET {upstream.Url}cvmfs/a.example.org/{Objects.ObjectPath.Of(ScriptedUpstream.KeyOf(content))} HTTP/1.1\r\nHost: x\r\n\r\n";
        string absent = $"GET {upstream.Url}cvmfs/a.example.org/data/ab/{new string('a', 38)} HTTP/1.1\r\nHost: x\r\n\r\n";
        if (isCached) await proxy.Client.GetByteArrayAsync(new Uri(request.Split(' ')[1]));
        foreach (string one in new[] { request, absent, request + absent, $"GET {upstream.Url}cvmfs/a.example.org/.cvmfs_status.json HTTP/1.1\r\nHost: x\r\n\r\n", request[..^10] })
        {
            try
            {
                string answer = await proxy.SendRawAsync(one, closeAfter: true).WaitAsync(Guard, TestContext.Current.CancellationToken);
                if (isCached && one == request) Assert.Equal(content.Length, answer.Length - answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4);
            }
            catch (IOException)
            {
                Assert.False(isCached && one == request); // for what is still to be fetched, who has ended counts as gone
            }
        }
    }

    private static string Request(ScriptedUpstream upstream) => $"GET {upstream.Url}cvmfs/a.example.org/.cvmfs_status.json HTTP/1.1\r\nHost: x\r\n\r\n";

    private static async Task<ScriptedUpstream> ServingAsync()
    {
        var upstream = await ScriptedUpstream.StartAsync();
        upstream.Answer = static context => ScriptedUpstream.SendAsync(context, "{}"u8.ToArray());
        return upstream;
    }

    private sealed class Peer : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly byte[] _buffer = new byte[64 << 10];

        public static async Task<Peer> ConnectAsync(RunningProxy proxy, string from = "127.0.0.1")
        {
            var peer = new Peer();
            peer._socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            await peer._socket.ConnectAsync(IPAddress.Loopback, proxy.Port);
            return peer;
        }

        public Task<int> SendAsync(string text) => _socket.SendAsync(Encoding.ASCII.GetBytes(text)).WaitAsync(Guard, TestContext.Current.CancellationToken);

        /// <summary>Sends a request and reads the answer, which ends with "{}".</summary>
        public async Task AskAsync(string text)
        {
            await SendAsync(text);
            string answer = "";
            while (!answer.EndsWith("\r\n\r\n{}", StringComparison.Ordinal))
            {
                int read = await _socket.ReceiveAsync(_buffer).WaitAsync(Guard, TestContext.Current.CancellationToken);
                Assert.True(read > 0, $"closed after: {answer}");
                answer += Encoding.ASCII.GetString(_buffer, 0, read);
            }

            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        }

        public async Task WhenClosedAsync()
        {
            try
            {
                while (await _socket.ReceiveAsync(_buffer).WaitAsync(Guard, TestContext.Current.CancellationToken) > 0)
                {
                    // A word of farewell is allowed.
                }
            }
            catch (SocketException)
            {
                // Reset is closed, too.
            }
        }

        public void Dispose() => _socket.Dispose();
    }
}
