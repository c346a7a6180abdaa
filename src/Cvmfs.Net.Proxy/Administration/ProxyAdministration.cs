// Administration/ is for those who run the proxy: a listener of its own, which clients cannot reach unless somebody allows it.
//
//   GET /          how the proxy is doing, for people        GET /metrics   for Prometheus
//   GET /status    the same as JSON                          GET /healthz   200 while it serves, 503 while it ends
//   POST /purge?digest=HASH, or PURGE /data/ab/cdef…          removes an object
//
// Must stay true
//   - Nothing of this is on the port of the clients.
//   - Only this machine asks, and networks that were named.
//   - No web page can make a browser remove anything, nor one on this machine read. In a network that was named, a page whose name is led here
//     could read: which names people use for this machine there is not known.
using System.Net;
using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Routing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Administration;

/// <summary>The listener for those who run a proxy.</summary>
public sealed class ProxyAdministration : IAsyncDisposable
{
    private readonly ProxyMiddleware _proxy;
    private readonly PrometheusExposition _metrics;
    private readonly WebApplication _app;

    private ProxyAdministration(ProxyMiddleware proxy, string url, ILoggerProvider? loggers)
    {
        _proxy = proxy;
        _metrics = new PrometheusExposition(meter => meter == proxy.Metrics.Meter || meter.Name is "System.Runtime" or "Cvmfs.Net.Connections" or "Microsoft.AspNetCore.Server.Kestrel");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.MaxConcurrentConnections = 100;
        });
        if (loggers is not null) builder.Logging.AddProvider(loggers);
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Where it listens.</summary>
    public IEnumerable<string> Urls => _app.Urls;

    /// <summary>Begins to listen where the proxy's options say.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <param name="loggers">Where the web server's messages go; nowhere where null.</param>
    /// <param name="cancellationToken">Cancels the beginning.</param>
    /// <returns>Null where the options name no place to listen. The caller disposes it, before the proxy.</returns>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task<ProxyAdministration?> StartAsync(ProxyMiddleware proxy, ILoggerProvider? loggers = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(proxy);
        if (proxy.Options.Admin.Listen.Length == 0) return null;
        var administration = new ProxyAdministration(proxy, proxy.Options.Admin.Listen, loggers);
        try
        {
            await administration._app.StartAsync(cancellationToken).ConfigureAwait(false);
            return administration;
        }
        catch
        {
            await administration.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the listening.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        _metrics.Dispose();
    }

    private Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        context.Response.Headers.CacheControl = "no-store";
        if (!IsAllowed(context.Connection.RemoteIpAddress)) return TextAsync(context, 403, "This address may not ask here: admin.allowed does not name it.\n");
        if (!IsTrustedHost(context)) return TextAsync(context, 403, "Ask by address or as localhost.\n");
        if (request.Method is "PURGE" || (HttpMethods.IsPost(request.Method) && request.Path == "/purge")) return PurgeAsync(context);
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)) return TextAsync(context, 405, "Only GET, HEAD, POST /purge and PURGE.\n");
        return request.Path.Value switch
        {
            "/" => SendAsync(context, 200, "text/html; charset=utf-8", StatusPage.Of(_proxy.Status())),
            "/status" => SendAsync(context, 200, "application/json", _proxy.Status().ToJson()),
            "/metrics" => SendAsync(context, 200, PrometheusExposition.ContentType, Metrics()),
            "/healthz" => _proxy.IsDraining ? TextAsync(context, 503, "ending\n") : TextAsync(context, 200, "ok\n"),
            _ => TextAsync(context, 404, "There are /, /status, /metrics, /healthz and POST /purge?digest=.\n"),
        };
    }

    private byte[] Metrics()
    {
        byte[] own = _metrics.Collect();
        return _proxy.Options.Admin.MetricsFormat == MetricsFormat.Squid ? [.. own, .. SquidMetrics.Of(_proxy.Status())] : own;
    }

    private bool IsAllowed(IPAddress? address)
    {
        if (address is null) return false;
        var plain = AddressScope.Plain(address);
        return IPAddress.IsLoopback(plain) || _proxy.Options.Admin.Allowed.Any(text => IPNetwork.Parse(AccessPolicy.WithPrefix(text)).Contains(plain));
    }

    /// <summary>A name that leads here from a browser on this machine may be that of a hostile page.</summary>
    private static bool IsTrustedHost(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } peer || !IPAddress.IsLoopback(peer)) return true;
        string host = context.Request.Host.Host.Trim('[', ']');
        return host is "localhost" or "" || IPAddress.TryParse(host, out _) || host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase);
    }

    private async Task PurgeAsync(HttpContext context)
    {
        if (context.Request.Headers.ContainsKey("Origin") || context.Request.Headers.ContainsKey("Sec-Fetch-Site"))
        {
            await TextAsync(context, 403, "Not for web pages.\n").ConfigureAwait(false);
            return;
        }

        string text = context.Request.Query["digest"].ToString();
        if (text.Length == 0 && context.Request.Path.Value is { } path && path.LastIndexOf("/data/", StringComparison.Ordinal) is >= 0 and var folder)
        {
            text = ObjectPath.TryParse(path.AsSpan(folder + 1), out var key) ? key.ToString() : "";
        }

        if (!ObjectKey.TryParse(text, out var named) && !(ContentHash.TryParse(text, out var hash) && (named = new ObjectKey(hash, ObjectSuffix.None)) != default))
        {
            await TextAsync(context, 400, "No object is named: digest= takes the hash, with or without the letter of its kind; PURGE takes a path with /data/.\n").ConfigureAwait(false);
            return;
        }

        bool removed = _proxy.Purge(named.Hash);
        await TextAsync(context, removed ? 200 : 404, removed ? $"{named.Hash} is removed.\n" : $"{named.Hash} is not kept.\n").ConfigureAwait(false);
    }

    private static Task TextAsync(HttpContext context, int status, string text) => SendAsync(context, status, "text/plain; charset=utf-8", System.Text.Encoding.UTF8.GetBytes(text));

    private static async Task SendAsync(HttpContext context, int status, string type, byte[] body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = type;
        response.ContentLength = body.Length;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }
}
