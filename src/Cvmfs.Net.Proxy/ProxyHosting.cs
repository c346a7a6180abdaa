using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy;

/// <summary>Puts a proxy into an ASP.NET Core program.</summary>
public static class ProxyHosting
{
    /// <summary>Registers the proxy; it is opened with the first request and closed with the program.</summary>
    public static IServiceCollection AddCvmfsProxy(this IServiceCollection services, ProxyOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfInvalid();
        return services.AddSingleton(provider => new ProxyMiddleware(options, provider.GetService<TimeProvider>(), provider.GetService<ILoggerFactory>()));
    }

    /// <summary>Lets the proxy answer every request that comes this far.</summary>
    public static void RunCvmfsProxy(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var proxy = app.ApplicationServices.GetRequiredService<ProxyMiddleware>();
        app.Run(proxy.InvokeAsync);
    }

    /// <summary>Sets the limits of a proxy that strangers can reach: short heads, quick or no request, few idle connections.</summary>
    public static void UseCvmfsProxyLimits(this KestrelServerOptions kestrel)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        kestrel.AddServerHeader = false;
        kestrel.AllowHostHeaderOverride = true; // the request line names the server; Host may say what it likes
        kestrel.Limits.MaxRequestLineSize = 8 << 10;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 << 10;
        kestrel.Limits.MaxRequestHeaderCount = 100;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        kestrel.Limits.MaxConcurrentConnections = 20_000;
    }
}
