using System.Diagnostics;
using System.Globalization;
using Cvmfs.Net.LoadBench.Serving;

namespace Cvmfs.Net.LoadBench.Proxying;

/// <summary>The origin's process, and the way to tell it what to do.</summary>
internal sealed class OriginProcess : IAsyncDisposable
{
    private readonly ContendingServer _server;
    private readonly HttpClient _client;

    private OriginProcess(ContendingServer server)
    {
        _server = server;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{server.Port}"), Timeout = TimeSpan.FromMinutes(2) };
    }

    public int Port => _server.Port;

    public static async Task<OriginProcess> StartAsync()
    {
        int port = ContendingServer.FreePort();
        string self = Environment.ProcessPath!;
        string[] own = self.EndsWith("dotnet", StringComparison.Ordinal) ? [Environment.GetCommandLineArgs()[0]] : [];
        var start = new ProcessStartInfo(self, [.. own, OriginServer.RunMode, "--urls", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")]);
        return new OriginProcess(await ContendingServer.StartAsync("origin", start, port));
    }

    /// <summary>Says which objects there are from now on.</summary>
    public Task LoadAsync(params string[] descriptions) => _client.GetStringAsync($"/_load?of={string.Join(',', descriptions)}");

    /// <summary>Says how it answers from now on.</summary>
    public Task SetAsync(double delayMilliseconds = 0, long bytesPerSecond = 0, bool isFaulty = false)
        => _client.GetStringAsync(string.Create(CultureInfo.InvariantCulture, $"/_set?delay={delayMilliseconds}&rate={bytesPerSecond}&faults={(isFaulty ? 1 : 0)}"));

    /// <summary>Requests and bytes since this was asked last.</summary>
    public async Task<(long Requests, long Bytes)> CountAsync()
    {
        long[] numbers = [.. (await _client.GetStringAsync("/_count")).Split(' ').Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
        return (numbers[0], numbers[1]);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }
}
