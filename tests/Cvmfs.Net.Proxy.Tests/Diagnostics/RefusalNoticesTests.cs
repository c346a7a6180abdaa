using System.Collections.Concurrent;
using System.Net;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Testing;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Tests.Diagnostics;

public sealed class RefusalNoticesTests
{
    private const string Path = "/cvmfs/a.example.org/.cvmfspublished";

    [Theory]
    [InlineData("http://stratum.example.org", "stratum.example.org:80", "--allow-destination")]
    [InlineData("http://localhost:{port}", "localhost:{port}", "--allow-private-destinations")]
    public async Task Tells_once_which_setting_would_let_a_server_in(string url, string named, string setting)
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        using var log = new WarningLog();
        await using var proxy = await RunningProxy.StartAsync(
            options =>
            {
                options.Upstream.AllowedDestinations.Add($"localhost:{upstream.Port}");
                options.Upstream.AllowPrivateDestinations = false;
            },
            log: log);
        string port = upstream.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        for (int i = 0; i < 2; i++)
        {
            using var response = await proxy.Client.GetAsync(url.Replace("{port}", port, StringComparison.Ordinal) + Path);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }

        string warning = Assert.Single(log.Warnings);
        Assert.Contains(named.Replace("{port}", port, StringComparison.Ordinal), warning, StringComparison.Ordinal);
        Assert.Contains(setting, warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tells_once_which_setting_would_let_a_client_in()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        using var log = new WarningLog();
        await using var proxy = await RunningProxy.StartAsync(options => options.Clients.Allowed.Add("192.0.2.0/24"), log: log);
        for (int i = 0; i < 2; i++)
        {
            using var response = await proxy.Client.GetAsync(upstream.Url + Path[1..]);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }

        string warning = Assert.Single(log.Warnings);
        Assert.Contains("127.0.0.1", warning, StringComparison.Ordinal);
        Assert.Contains("--allow-client", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_nothing_more_when_many_names_are_tried()
    {
        using var log = new WarningLog();
        var notices = new RefusalNotices(log.CreateLogger("test"));
        for (int i = 0; i < 10_000; i++) notices.Server($"host{i}.example.org:80");
        Assert.Equal(64, log.Warnings.Count);
    }

    private sealed class WarningLog : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<string> Warnings { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning) Warnings.Enqueue(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
