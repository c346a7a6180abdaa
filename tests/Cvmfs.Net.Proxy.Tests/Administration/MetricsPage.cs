using System.Globalization;
using Cvmfs.Net.Proxy.Administration;

namespace Cvmfs.Net.Proxy.Tests.Administration;

/// <summary>What the operators' listener of a proxy gives under <c>/metrics</c>, read as Prometheus reads it.</summary>
internal sealed class MetricsPage : IAsyncDisposable
{
    private readonly ProxyAdministration _administration;
    private readonly HttpClient _client;

    private MetricsPage(ProxyAdministration administration)
        => (_administration, _client) = (administration, new HttpClient { BaseAddress = new Uri(administration.Urls.Single()) });

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Opens the listener of a proxy whose options name a place for it.</summary>
    public static async Task<MetricsPage> OpenAsync(RunningProxy proxy)
    {
        proxy.Proxy.Options.Admin.Listen = "http://127.0.0.1:0";
        return new MetricsPage((await ProxyAdministration.StartAsync(proxy.Proxy, cancellationToken: Cancelled))!);
    }

    /// <summary>The whole text.</summary>
    public Task<string> ReadAsync() => _client.GetStringAsync("/metrics", Cancelled);

    /// <summary>The value of a series, named without what all of this proxy begin with; null where there is none.</summary>
    public async Task<double?> ReadAsync(string series)
    {
        string? line = (await ReadAsync()).Split('\n').SingleOrDefault(line => line.StartsWith($"cvmfs_cacheproxy_{series} ", StringComparison.Ordinal));
        return line is null ? null : double.Parse(line.AsSpan(line.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture);
    }

    /// <summary>Reads until a series has a value that no client of the test is told about.</summary>
    public async Task WaitAsync(string series, double value)
    {
        while (await ReadAsync(series) != value) Cancelled.ThrowIfCancellationRequested();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _administration.DisposeAsync();
    }
}
