using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

/// <summary><c>proxy run</c> as a process of its own, for signals and for what it writes, with a client and a server that sends half of an object.</summary>
internal sealed partial class ProxyProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TcpListener _upstream = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource _rest = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Socket> _connections = [];
    private readonly HttpClient _client = new();
    private readonly byte[] _content;

    private ProxyProcess(TempFolder folder, byte[] content, string drainTimeout, string[] prefix)
    {
        (Folder, _content) = (folder, content);
        _upstream.Start();
        ConfigurationPath = Path.Combine(folder.Path, "proxy.json");
        File.WriteAllText(ConfigurationPath, $$"""
            {
              "listen": ["http://127.0.0.1:0"], "drainTimeout": "{{drainTimeout}}", "admin": { "listen": "http://127.0.0.1:0" },
              "storage": { "folders": ["{{Path.Combine(folder.Path, "cache")}}"], "memoryBytes": "16MB" },
              "accessLog": { "file": "{{LogPath}}" },
              "upstream": { "allowedDestinations": ["127\\.0\\.0\\.1:\\d+"], "allowPrivateDestinations": true }
            }
            """);
        string host = Environment.ProcessPath is { } own && own.EndsWith("dotnet", StringComparison.Ordinal) ? own : "dotnet";
        string[] command = [.. prefix, host, "exec", ProgramPath, "proxy", "run", "--config", ConfigurationPath];
        _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true })!;
    }

    /// <summary>The program that runs.</summary>
    public static string ProgramPath => typeof(CliHost).Assembly.Location;

    public TempFolder Folder { get; }

    public string ConfigurationPath { get; }

    public string LogPath => Path.Combine(Folder.Path, "access.log");

    public string Errors { get; private set; } = "";

    public Uri Url { get; private set; } = null!;

    private Uri AdminUrl { get; set; } = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Starts it, and waits until it listens.</summary>
    /// <param name="folder">Where its files go.</param>
    /// <param name="content">What the server has.</param>
    /// <param name="drainTimeout">How long it may take to end.</param>
    /// <param name="prefix">A program that starts it, with its arguments; none where nothing is given.</param>
    public static async Task<ProxyProcess> StartAsync(TempFolder folder, byte[] content, string drainTimeout = "60s", params string[] prefix)
    {
        var proxy = new ProxyProcess(folder, content, drainTimeout, prefix);
        while (proxy.Url is null)
        {
            string line = await proxy._process.StandardError.ReadLineAsync(Cancelled) ?? throw new InvalidOperationException($"It ended: {proxy.Errors}");
            proxy.Errors += line + "\n";
            if (Address().Match(line) is not { Success: true } found) continue;
            if (line.StartsWith("Operators", StringComparison.Ordinal)) proxy.AdminUrl = new Uri(found.Value);
            else proxy.Url = new Uri(found.Value);
        }

        return proxy;
    }

    /// <summary>Asks for an object, of which the server has sent half when this returns.</summary>
    /// <param name="path">Path of the object.</param>
    /// <returns>The connection, with the head of the answer read.</returns>
    public async Task<NetworkStream> AskAsync(string path)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Url.Port, Cancelled);
        _connections.Add(client.Client);
        var stream = client.GetStream();
        var accepting = _upstream.AcceptSocketAsync(Cancelled);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET http://{_upstream.LocalEndpoint}/cvmfs/a.example.org/{path} HTTP/1.1\r\nHost: x\r\n\r\n"), Cancelled);
        var server = await accepting;
        _connections.Add(server);
        await server.ReceiveAsync(new byte[4096], Cancelled); // who speaks before being asked is not listened to
        await server.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {_content.Length}\r\n\r\n"), Cancelled);
        await server.SendAsync(_content.AsMemory(0, _content.Length / 2), Cancelled);
        _ = SendRestAsync(server);
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, Cancelled);
            head.Append((char)one[0]);
        }

        Assert.StartsWith("HTTP/1.1 200", head.ToString(), StringComparison.Ordinal);
        return stream;
    }

    /// <summary>Lets the server send the other half.</summary>
    public void SendRest() => _rest.SetResult();

    /// <summary>Sends a signal.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync(Cancelled);
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>What a client gets at once, such as the refusal of a path.</summary>
    public async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var answer = await _client.GetAsync(new Uri(Url, path), Cancelled);
        return answer.StatusCode;
    }

    /// <summary>Waits until the metrics have a line.</summary>
    public async Task WaitForMetricAsync(string line)
    {
        while (!(await _client.GetStringAsync(new Uri(AdminUrl, "/metrics"), Cancelled)).Contains($"\n{line}\n", StringComparison.Ordinal)) Cancelled.ThrowIfCancellationRequested();
    }

    /// <summary>Waits until nobody is taken any more.</summary>
    public async Task WaitUntilClosedAsync()
    {
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Url.Port, Cancelled);
                if (await client.GetStream().ReadAsync(new byte[1], Cancelled) == 0) continue; // it was in the queue of the socket
            }
            catch (SocketException)
            {
                return;
            }
            catch (IOException)
            {
                continue;
            }
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitAsync()
    {
        Errors += await _process.StandardError.ReadToEndAsync(Cancelled);
        await _process.WaitForExitAsync(Cancelled);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _rest.TrySetCanceled(CancellationToken.None);
        foreach (var connection in _connections) connection.Dispose();
        _client.Dispose();
        _upstream.Dispose();
    }

    private async Task SendRestAsync(Socket server)
    {
        try
        {
            await _rest.Task;
            await server.SendAsync(_content.AsMemory(_content.Length / 2), CancellationToken.None);
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test ends, or the proxy has left.
        }
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
