using System.Net;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.Tests;

/// <summary>The endpoints in a real Kestrel on loopback, over a temporary root folder.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestServer(WebApplication app, TempFolder root, FakeClock clock)
    {
        (_app, Root, Clock) = (app, root, clock);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        EndPoint = new IPEndPoint(IPAddress.Loopback, new Uri(address).Port);
    }

    public TempFolder Root { get; }

    public FakeClock Clock { get; }

    public IPEndPoint EndPoint { get; }

    public static async Task<TestServer> StartAsync(Action<CvmfsServerOptions>? configure = null, Action<WebApplication>? map = null)
    {
        var root = new TempFolder();
        var clock = new FakeClock();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.UseCvmfsLimits();
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var app = builder.Build();
        var options = new CvmfsServerOptions { RootFolder = root.Path };
        configure?.Invoke(options);
        app.MapCvmfs(options);
        map?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestServer(app, root, clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Root.Dispose();
    }

    public Task<RawResponse> GetAsync(string target, params string[] headers) => SendAsync("GET", target, headers);

    public Task<RawResponse> HeadAsync(string target, params string[] headers) => SendAsync("HEAD", target, headers);

    public Task<RawResponse> PostAsync(string target, string body, params string[] headers) => RawResponse.ExchangeAsync(
        EndPoint, "POST", $"POST {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {body.Length}\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n{body}");

    public Task<RawResponse> SendAsync(string method, string target, params string[] headers)
        => RawResponse.ExchangeAsync(EndPoint, method, $"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n");
}
