using System.Net;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.Tests;

/// <summary>
/// Two real servers on loopback over one temporary root folder: one with event loops, one through the web server's pipeline only. Each request goes
/// to both, and their answers must be the same.
/// </summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication[] _apps;

    private TestServer(WebApplication[] apps, TempFolder root, FakeClock clock)
    {
        (_apps, Root, Clock) = (apps, root, clock);
        EndPoint = EndPointOf(apps[0]);
        PipelineEndPoint = EndPointOf(apps[1]);
    }

    public TempFolder Root { get; }

    public FakeClock Clock { get; }

    /// <summary>The server with event loops.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The other one.</summary>
    public IPEndPoint PipelineEndPoint { get; }

    public CvmfsServer Server => _apps[0].Services.GetRequiredService<CvmfsServer>();

    public static async Task<TestServer> StartAsync(
        Action<CvmfsServerOptions>? configure = null, Action<WebApplication>? map = null, Action<KestrelServerOptions>? limits = null, ILoggerProvider? logs = null)
    {
        var root = new TempFolder();
        var clock = new FakeClock();
        var apps = new List<WebApplication>();
        foreach (bool usesLoops in (bool[])[true, false])
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            if (logs is not null) builder.Logging.AddProvider(logs);
            builder.Services.AddSingleton<TimeProvider>(clock);
            builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.UseCvmfsLimits();
                limits?.Invoke(kestrel);
                kestrel.Listen(IPAddress.Loopback, 0);
            });
            var options = new CvmfsServerOptions { RootFolder = root.Path, UseEventLoops = usesLoops };
            configure?.Invoke(options);
            builder.Services.AddCvmfsServer(options);
            var app = builder.Build();
            app.MapCvmfs();
            map?.Invoke(app);
            await app.StartAsync(TestContext.Current.CancellationToken);
            apps.Add(app);
        }

        return new TestServer([.. apps], root, clock);
    }

    /// <summary>Makes both look at the root files at the next request.</summary>
    public void Refresh()
    {
        foreach (var app in _apps) app.Services.GetRequiredService<CvmfsServer>().Refresh();
    }

    /// <summary>Stops the server with event loops, as an interrupt does.</summary>
    public Task StopAsync() => _apps[0].StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps) await app.DisposeAsync();
        Root.Dispose();
    }

    public Task<RawResponse> GetAsync(string target, params string[] headers) => SendAsync("GET", target, headers);

    public Task<RawResponse> HeadAsync(string target, params string[] headers) => SendAsync("HEAD", target, headers);

    public Task<RawResponse> PostAsync(string target, string body, params string[] headers) => RawResponse.ExchangeAsync(
        EndPoint, "POST", $"POST {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {body.Length}\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n{body}");

    public Task<RawResponse> SendAsync(string method, string target, params string[] headers)
        => ExchangeAsync(method, $"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n");

    public async Task<RawResponse> ExchangeAsync(string method, string request)
    {
        var answer = await RawResponse.ExchangeAsync(EndPoint, method, request);
        var other = await RawResponse.ExchangeAsync(PipelineEndPoint, method, request);
        Assert.Equal(other.Status, answer.Status);
        Assert.Equal(Lines(other), Lines(answer));
        Assert.Equal(other.Body, answer.Body);
        return answer;
    }

    private static IEnumerable<string> Lines(RawResponse response)
        => response.Headers.Where(header => header.Key != "Date").SelectMany(header => header.Select(value => $"{header.Key}: {value}")).Order(StringComparer.OrdinalIgnoreCase);

    private static IPEndPoint EndPointOf(WebApplication app)
    {
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new IPEndPoint(IPAddress.Loopback, new Uri(address).Port);
    }
}
