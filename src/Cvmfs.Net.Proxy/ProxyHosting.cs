using Cvmfs.Net.Proxy.Connections;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy;

/// <summary>Puts a proxy into an ASP.NET Core program.</summary>
public static class ProxyHosting
{
    /// <summary>Registers the proxy; it is opened by <see cref="RunCvmfsProxy"/>, before the first request, and closed with the program.</summary>
    public static IServiceCollection AddCvmfsProxy(this IServiceCollection services, ProxyOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfInvalid();
        services.AddSingleton(provider => new ProxyMiddleware(options, provider.GetService<TimeProvider>(), provider.GetService<ILoggerFactory>()));
        services.RemoveAll<IConnectionListenerFactory>(); // Kestrel's own sockets stay in use behind ours
        return services.AddSingleton<IConnectionListenerFactory, LoopTransport>();
    }

    /// <summary>Lets the proxy answer every request that comes this far.</summary>
    public static void RunCvmfsProxy(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var proxy = app.ApplicationServices.GetRequiredService<ProxyMiddleware>();
        app.Run(proxy.InvokeAsync);
    }

    /// <summary>Lets Kestrel listen where the options say, with the limits of a proxy; at <c>https</c> URLs with TLS, and HTTP/2 for those who want it.</summary>
    /// <param name="web">The web host, which uses Kestrel.</param>
    /// <param name="options">The options that were given to <see cref="AddCvmfsProxy"/>.</param>
    public static void UseCvmfsProxy(this IWebHostBuilder web, ProxyOptions options)
    {
        ArgumentNullException.ThrowIfNull(web);
        ArgumentNullException.ThrowIfNull(options);
        web.UseUrls([.. options.Listen]).ConfigureKestrel(kestrel => kestrel.UseCvmfsProxyLimits(options.Clients));
        if (!options.Listen.Any(ListenUrl.IsTls)) return;
        web.UseKestrelHttpsConfiguration().ConfigureKestrel(static kestrel =>
        {
            var proxy = kestrel.ApplicationServices.GetRequiredService<ProxyMiddleware>();
            kestrel.ConfigureHttpsDefaults(https =>
            {
                https.ServerCertificateSelector = (_, _) => proxy.Identity?.TargetCertificate; // asked for at the start; below is what connections get
                https.OnAuthenticate = (_, tls) => (tls.ServerCertificateContext, tls.ServerCertificateSelectionCallback) = (proxy.Identity, null);
            });
        });
    }

    /// <summary>Sets the limits of a proxy that strangers can reach: short heads, quick or no request, few idle connections.</summary>
    /// <param name="kestrel">What to set.</param>
    /// <param name="clients">Limits to take from; the defaults where null.</param>
    public static void UseCvmfsProxyLimits(this KestrelServerOptions kestrel, ProxyClientOptions? clients = null)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        clients ??= new ProxyClientOptions();
        kestrel.AddServerHeader = false;
        kestrel.AllowHostHeaderOverride = true; // the request line names the server; Host may say what it likes
        kestrel.Limits.MaxRequestLineSize = 8 << 10;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 << 10;
        kestrel.Limits.MaxRequestHeaderCount = 100;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.RequestHeadersTimeout = clients.HeadTimeout;
        kestrel.Limits.KeepAliveTimeout = clients.IdleTimeout;
        kestrel.Limits.MaxConcurrentConnections = clients.MaxConnections;
        kestrel.Limits.MaxResponseBufferSize = 128 << 10; // one client that does not read costs so much
        kestrel.Limits.MinResponseDataRate = clients.MinSendBytesPerSecond == 0 ? null : new MinDataRate(clients.MinSendBytesPerSecond, clients.SendRatePeriod);
    }
}
