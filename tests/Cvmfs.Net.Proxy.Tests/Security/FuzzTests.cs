using System.Net;
using System.Net.Sockets;
using System.Text;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Security;

/// <summary>Spoiled requests and spoiled answers under load: nothing breaks, nothing leaks, and what is right stays right.</summary>
/// <remarks>Runs alone: it counts the process's open files.</remarks>
[Collection("Alone")]
public sealed class FuzzTests
{
    private const int Seed = 20_261_122;

    private static readonly byte[] Canary = Encoding.ASCII.GetBytes("the canary in the cache");
    private static readonly byte[] CanaryDocument = "{\"canary\":true}"u8.ToArray();
    private static readonly string CanaryPath = $"/cvmfs/canary.example.org/{ObjectPath.Of(ScriptedUpstream.KeyOf(Canary))}";

    [Fact, Conforms("proxy", 76)]
    public Task S35_a_thousand_spoiled_messages_do_no_harm() => RunAsync(1000);

    [SlowFact]
    public Task S35_very_many_spoiled_messages_do_no_harm() => RunAsync(20_000);

    private static async Task RunAsync(int messages)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}, {messages} messages");
        int before = OpenFiles();
        await using (var server = new SpoilingServer(new Mutation(Seed + 1)))
        await using (var proxy = await RunningProxy.StartAsync(options =>
        {
            options.Documents.ExternalDestinations.Add($"127\\.0\\.0\\.1:{server.Port}");
            options.Upstream.FirstByteTimeout = TimeSpan.FromSeconds(1);
        }))
        {
            await CheckCanariesAsync(proxy, server);
            var work = new Mutation(Seed);
            for (int done = 0; done < messages; done += 20)
            {
                await Task.WhenAll(Enumerable.Range(0, 20).Select(at => SendAsync(proxy, work.Spoil(MessageOf(work, server)), throughPipeline: at % 4 == 3, isCutOff: at % 2 == 0)));
                if (done % 200 == 0) await CheckCanariesAsync(proxy, server);
                Assert.True(OpenFiles() < before + 500, $"{OpenFiles()} files are open after {done} messages, {before} were before");
            }

            await CheckCanariesAsync(proxy, server);
        }

        Assert.True(OpenFiles() <= before + 16, $"{OpenFiles()} files are open, {before} were before");
    }

    private static byte[] MessageOf(Mutation work, SpoilingServer server)
    {
        string authority = $"127.0.0.1:{server.Port}";
        string path = work.Next(7) switch
        {
            0 => CanaryPath,
            1 => "/cvmfs/a.example.org/.cvmfspublished",
            2 => $"/cvmfs/a.example.org/data/{work.Next(256):x2}/{new string('a', 38)}C",
            3 => "/cvmfs/a.example.org/api/v1.0/geo/x/a,b",
            4 => $"/file{work.Next(50)}",
            5 => "/cvmfs/canary.example.org/.cvmfs_status.json",
            _ => $"/cvmfs/r{work.Next(50)}.example.org/.cvmfs_status.json",
        };
        string method = work.Next(5) == 0 ? "HEAD" : "GET";
        string fields = work.Next(3) switch
        {
            0 => "Accept: */*\r\nProxy-Connection: Keep-Alive\r\nConnection: Keep-Alive\r\nUser-Agent: cvmfs Fuse 2.12.0\r\n",
            1 => "Range: bytes=1-3\r\nCache-Control: no-cache\r\nPragma: no-cache\r\n",
            _ => "cvmfs-info: /a%20b\r\nX-Forwarded-For: 10.1.1.1\r\n",
        };
        string request = $"{method} http://{authority}{path} HTTP/1.1\r\nHost: {authority}\r\n{fields}\r\n";
        return Encoding.ASCII.GetBytes(work.Next(4) == 0 ? request + request : request);
    }

    private static async Task SendAsync(RunningProxy proxy, byte[] message, bool throughPipeline, bool isCutOff)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(TimeSpan.FromSeconds(20));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, throughPipeline ? proxy.PipelinePort : proxy.Port, guard.Token);
        try
        {
            int half = message.Length / 2;
            await socket.SendAsync(message.AsMemory(0, half), guard.Token);
            await socket.SendAsync(message.AsMemory(half), guard.Token);
            if (isCutOff && message.Length % 3 == 0) return; // leaves without waiting for an answer
            socket.Shutdown(SocketShutdown.Send);
            byte[] buffer = new byte[16 << 10];
            while (await socket.ReceiveAsync(buffer, guard.Token) > 0)
            {
                // Whatever it says; what counts is that it ends.
            }
        }
        catch (SocketException)
        {
            // Refused in the middle.
        }
        catch (OperationCanceledException) when (guard.IsCancellationRequested)
        {
            Assert.Fail($"No end after {(throughPipeline ? "the web server" : "a loop")} got: {Convert.ToHexString(message)} {Encoding.Latin1.GetString(message).ReplaceLineEndings("\u21b5")}");
        }
    }

    private static async Task CheckCanariesAsync(RunningProxy proxy, SpoilingServer server)
    {
        foreach (bool throughPipeline in (bool[])[false, true])
        {
            foreach (var (path, body) in new[] { (CanaryPath, Canary), ("/cvmfs/canary.example.org/.cvmfs_status.json", CanaryDocument) })
            {
                string answer = await proxy.SendRawAsync($"GET http://127.0.0.1:{server.Port}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", throughPipeline: throughPipeline);
                Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
                Assert.EndsWith("\r\n\r\n" + Encoding.ASCII.GetString(body), answer, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Files and sockets of this process, without the libraries that it loads as it goes.</summary>
    private static int OpenFiles() => OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Count(static file => !TargetOf(file).EndsWith(".dll", StringComparison.Ordinal)) : 0;

    private static string TargetOf(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.Name ?? "";
        }
        catch (IOException)
        {
            return ""; // closed meanwhile
        }
    }

    /// <summary>Answers rightly for the canaries, and spoiled for everything else.</summary>
    private sealed class SpoilingServer : IAsyncDisposable
    {
        private static readonly string[] Answers =
        [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nCache-Control: max-age=60\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nCache-Control: max-age=60\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n\r\nhello",
        ];

        private readonly Mutation _mutation;
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _accepting;

        public SpoilingServer(Mutation mutation)
        {
            _mutation = mutation;
            _listener.Start(512);
            _accepting = AcceptAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _accepting;
            _listener.Dispose();
            _stop.Dispose();
        }

        private async Task AcceptAsync()
        {
            var serving = new List<Task>();
            try
            {
                while (true)
                {
                    serving.RemoveAll(static task => task.IsCompleted);
                    serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
                }
            }
            catch (OperationCanceledException)
            {
                await Task.WhenAll(serving);
            }
        }

        private async Task ServeAsync(Socket client)
        {
            using (client)
            {
                try
                {
                    byte[] buffer = new byte[32 << 10];
                    int got = 0;
                    for (int read; buffer.AsSpan(0, got).IndexOf("\r\n\r\n"u8) < 0; got += read)
                    {
                        read = await client.ReceiveAsync(buffer.AsMemory(got), _stop.Token);
                        if (read == 0) return;
                    }

                    await client.SendAsync(AnswerTo(Encoding.Latin1.GetString(buffer, 0, got)), _stop.Token);
                    client.Shutdown(SocketShutdown.Both);
                }
                catch (Exception gone) when (gone is OperationCanceledException or SocketException)
                {
                    // The proxy has heard enough.
                }
            }
        }

        private byte[] AnswerTo(string request)
        {
            byte[]? right = request.StartsWith($"GET {CanaryPath} ", StringComparison.Ordinal) ? Canary
                : request.StartsWith("GET /cvmfs/canary.example.org/.cvmfs_status.json ", StringComparison.Ordinal) ? CanaryDocument
                : null;
            if (right is not null) return [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {right.Length}\r\n\r\n"), .. right];
            lock (_mutation) return _mutation.Spoil(Encoding.ASCII.GetBytes(Answers[_mutation.Next(Answers.Length)]));
        }
    }
}

/// <summary>Tests that must not run beside others.</summary>
[CollectionDefinition("Alone", DisableParallelization = true)]
public sealed class AloneCollection;
