using System.Net;
using System.Net.Sockets;
using System.Text;
using Cvmfs.Net.Proxy.Connections;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Tests;

/// <summary>The real proxy on the real server, with a client that goes through it. It has two doors: one with event loops, which is the usual one, and one
/// through the web server's pipeline only.</summary>
internal sealed class RunningProxy : IAsyncDisposable, IWebProxy
{
    private readonly WebApplication[] _apps;
    private readonly TempFolder? _folder;

    private RunningProxy(WebApplication[] apps, ProxyMiddleware proxy, TempFolder? folder)
    {
        (_apps, Proxy, _folder) = (apps, proxy, folder);
        (Port, PipelinePort) = (Loopback.PortOf(apps[0]), Loopback.PortOf(apps[1]));
        Client = new HttpClient(new SocketsHttpHandler { Proxy = this, AllowAutoRedirect = false, MaxConnectionsPerServer = 1000 });
    }

    public ProxyMiddleware Proxy { get; }

    /// <summary>Sends absolute-form requests through the proxy.</summary>
    public HttpClient Client { get; }

    /// <summary>The door with event loops.</summary>
    public int Port { get; }

    /// <summary>The other one.</summary>
    public int PipelinePort { get; }

    public Uri Url => new($"http://127.0.0.1:{Port}");

    ICredentials? IWebProxy.Credentials { get; set; }

    /// <summary>Starts a proxy that may reach loopback, unless the test says otherwise.</summary>
    public static async Task<RunningProxy> StartAsync(
        Action<ProxyOptions>? configure = null, TimeProvider? clock = null, string? cacheFolder = null, TimeProvider? loopClock = null, StorageFiles? files = null, ILoggerFactory? log = null)
    {
        var folder = cacheFolder is null ? new TempFolder() : null;
        var options = new ProxyOptions { Storage = { Folders = { cacheFolder ?? folder!.Path } }, Upstream = { AllowPrivateDestinations = true } };
        configure?.Invoke(options);
        if (options.Upstream.AllowedDestinations.Count == 0 && options.Upstream.Servers.Count == 0) options.Upstream.AllowedDestinations.Add("(127\\.0\\.0\\.1|localhost):\\d+");
        var proxy = new ProxyMiddleware(options, clock, log, files);
        WebApplication[] apps = [await StartAsync(proxy, usesLoops: true, loopClock), await StartAsync(proxy, usesLoops: false, null)];
        await proxy.FlushAsync(); // until the folder is open, nothing is kept in it: a test would see one or the other
        return new RunningProxy(apps, proxy, folder);
    }

    public Uri GetProxy(Uri destination) => Url;

    public bool IsBypassed(Uri host) => false;

    /// <summary>Sends bytes as they are and reads the answer until the proxy closes.</summary>
    public async Task<string> SendRawAsync(string request, bool closeAfter = false, bool throughPipeline = false)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, throughPipeline ? PipelinePort : Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        if (closeAfter) socket.Client.Shutdown(SocketShutdown.Send);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (var app in _apps) await app.DisposeAsync();
        await Proxy.DisposeAsync();
        _folder?.Dispose();
    }

    /// <summary>Stops the door with event loops, as an interrupt does.</summary>
    public Task StopAsync() => _apps[0].StopAsync(TestContext.Current.CancellationToken);

    private static async Task<WebApplication> StartAsync(ProxyMiddleware proxy, bool usesLoops, TimeProvider? loopClock)
    {
        var app = Loopback.Create(builder =>
        {
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.UseCvmfsProxyLimits(proxy.Options.Clients));
            if (!usesLoops) return;
            builder.Services.AddSingleton(proxy);
            if (loopClock is not null) builder.Services.AddSingleton(loopClock);
            builder.Services.RemoveAll<IConnectionListenerFactory>();
            builder.Services.AddSingleton<IConnectionListenerFactory, LoopTransport>();
        });
        app.Run(proxy.InvokeAsync);
        await app.StartAsync();
        return app;
    }
}
