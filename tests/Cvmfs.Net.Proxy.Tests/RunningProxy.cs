using System.Net;
using System.Net.Sockets;
using System.Text;

using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Cvmfs.Net.Proxy.Tests;

/// <summary>The real proxy on the real server, with a client that goes through it.</summary>
internal sealed class RunningProxy : IAsyncDisposable, IWebProxy
{
    private readonly WebApplication _app;
    private readonly TempFolder? _folder;

    private RunningProxy(WebApplication app, ProxyMiddleware proxy, TempFolder? folder)
    {
        (_app, Proxy, _folder) = (app, proxy, folder);
        Client = new HttpClient(new SocketsHttpHandler { Proxy = this, AllowAutoRedirect = false, MaxConnectionsPerServer = 1000 });
    }

    public ProxyMiddleware Proxy { get; }

    /// <summary>Sends absolute-form requests through the proxy.</summary>
    public HttpClient Client { get; }

    public int Port { get; private set; }

    public Uri Url => new($"http://127.0.0.1:{Port}");

    ICredentials? IWebProxy.Credentials { get; set; }

    /// <summary>Starts a proxy that may reach loopback, unless the test says otherwise.</summary>
    public static async Task<RunningProxy> StartAsync(Action<ProxyOptions>? configure = null, TimeProvider? clock = null, string? cacheFolder = null)
    {
        var folder = cacheFolder is null ? new TempFolder() : null;
        var options = new ProxyOptions { Storage = { Folders = { cacheFolder ?? folder!.Path } }, Upstream = { AllowPrivateDestinations = true } };
        configure?.Invoke(options);
        if (options.Upstream.AllowedDestinations.Count == 0 && options.Upstream.Servers.Count == 0) options.Upstream.AllowedDestinations.Add("(127\\.0\\.0\\.1|localhost):\\d+");
        var proxy = new ProxyMiddleware(options, clock);
        var app = Loopback.Create(static builder => builder.WebHost.ConfigureKestrel(static kestrel => kestrel.UseCvmfsProxyLimits()));
        app.Run(proxy.InvokeAsync);
        await app.StartAsync();
        return new RunningProxy(app, proxy, folder) { Port = Loopback.PortOf(app) };
    }

    public Uri GetProxy(Uri destination) => Url;

    public bool IsBypassed(Uri host) => false;

    /// <summary>Sends bytes as they are and reads the answer until the proxy closes.</summary>
    public async Task<string> SendRawAsync(string request, bool closeAfter = false)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        if (closeAfter) socket.Client.Shutdown(SocketShutdown.Send);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        await Proxy.DisposeAsync();
        _folder?.Dispose();
    }
}
