using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace Stratum1Replicator.Tests;

/// <summary>The service as an operator runs it: a process of its own, configured by a file, asked over HTTP, stopped by signals.</summary>
internal sealed partial class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60); // for what should take a second; then the test has failed

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Queue<string> _early = new(); // said before it listened, and not yet asked for
    private readonly StringBuilder _output = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private readonly Task _reading;

    private ServiceProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Where clients ask.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Where the administrator asks.</summary>
    public string AdminUrl { get; private set; } = "";

    /// <summary>Everything that it said so far.</summary>
    public string Output
    {
        get { lock (_output) return _output.ToString(); }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<ServiceProcess> StartAsync(string configFile, params string[] more)
    {
        var service = Launch(["--config", configFile, "--urls", "http://127.0.0.1:0", "--admin-urls", "http://127.0.0.1:0", .. more]);
        var match = Listening().Match(await service.SaysAsync("Serving at", service._early));
        (service.Url, service.AdminUrl) = (match.Groups[1].Value, match.Groups[2].Value);
        return service;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        await using var service = Launch(arguments);
        return (await service.EndAsync(), service.Output);
    }

    /// <summary>Waits for a line that it says from now on, or said before it listened, and returns it.</summary>
    public async Task<string> SaysAsync(string part)
    {
        while (_early.TryDequeue(out string? line))
        {
            if (line.Contains(part, StringComparison.Ordinal)) return line;
        }

        return await SaysAsync(part, passed: null);
    }

    public Task<HttpResponseMessage> GetAsync(string url, string accept = "*/*")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        return _http.SendAsync(request, Token);
    }

    public Task<HttpResponseMessage> PostAsync(string url, string secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        request.Headers.Authorization = new("Bearer", secret);
        return _http.SendAsync(request, Token);
    }

    public async Task<JsonElement> StatusAsync()
    {
        using var answer = await GetAsync(AdminUrl + "/status");
        using var document = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(Token));
        return document.RootElement.Clone();
    }

    public async Task<string> MetricsAsync()
    {
        using var answer = await GetAsync(AdminUrl + "/metrics");
        return await answer.Content.ReadAsStringAsync(Token);
    }

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync(Token);
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync(Token);
        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        await _reading;
        _process.Dispose();
    }

    private static ServiceProcess Launch(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Stratum1Replicator.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new ServiceProcess(Process.Start(start)!);
    }

    private async Task<string> SaysAsync(string part, Queue<string>? passed)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, Token);
        try
        {
            await foreach (string line in _lines.Reader.ReadAllAsync(either.Token))
            {
                if (line.Contains(part, StringComparison.Ordinal)) return line;
                passed?.Enqueue(line);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"never said \"{part}\":\n{Output}");
        }

        Assert.Fail($"ended without saying \"{part}\":\n{Output}");
        return "";
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync(CancellationToken.None) is { } line)
        {
            lock (_output) _output.AppendLine(line);
            _lines.Writer.TryWrite(line);
        }

        if (reader == _process.StandardOutput) _lines.Writer.TryComplete();
    }

    [GeneratedRegex(@"Serving at (\S+); status and metrics at (http://[\d.:]+)")]
    private static partial Regex Listening();
}
