using Cvmfs.Net.Proxy;
using Cvmfs.Net.Proxy.Administration;

namespace SiteProxy.Service;

/// <summary>A proxy and its two listeners: one for clients, one for those who run it.</summary>
internal sealed class ProxyHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ProxyAdministration? _administration;

    private ProxyHost(WebApplication app, ProxyMiddleware proxy, ProxyAdministration? administration) => (_app, Proxy, _administration) = (app, proxy, administration);

    public ProxyMiddleware Proxy { get; }

    /// <summary>Where clients ask: what they write into <c>CVMFS_HTTP_PROXY</c>.</summary>
    public string Url => _app.Urls.First();

    /// <summary>Where operators ask; null where nobody can.</summary>
    public string? AdminUrl => _administration?.Urls.First();

    public ILogger Logger => _app.Logger;

    /// <summary>Begins to listen. The settings are everything there is: no other file and no variable of the environment is read.</summary>
    /// <exception cref="IOException">An address is in use.</exception>
    public static async Task<ProxyHost> StartAsync(ProxyOptions options, LogLevel level)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseCvmfsProxy(options);
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(level).AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddCvmfsProxy(options).Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout);
        var app = builder.Build();
        try
        {
            app.RunCvmfsProxy();
            var proxy = app.Services.GetRequiredService<ProxyMiddleware>();
            app.Lifetime.ApplicationStopping.Register(proxy.BeginDrain);
            var host = new ProxyHost(app, proxy, await ProxyAdministration.StartAsync(proxy));
            try
            {
                await app.StartAsync();
                return host;
            }
            catch
            {
                if (host._administration is not null) await host._administration.DisposeAsync();
                throw;
            }
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes once TERM or Ctrl-C was seen and what was being sent is finished, or the time for that is over.</summary>
    public Task WaitForEndAsync() => _app.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        if (_administration is not null) await _administration.DisposeAsync(); // after the drain: health says that the proxy ends, until it has
        await _app.DisposeAsync();
    }
}
