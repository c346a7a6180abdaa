using System.Collections.Concurrent;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Proxy.Tests;

/// <summary>What reached the upstream.</summary>
internal sealed record SeenRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers);

/// <summary>A server on loopback whose answers a test writes, and which remembers what it was asked.</summary>
internal sealed class ScriptedUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedUpstream(WebApplication app) => _app = app;

    public ConcurrentQueue<SeenRequest> Seen { get; } = new();

    /// <summary>Answers; 404 unless set.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = static context =>
    {
        context.Response.StatusCode = 404;
        return Task.CompletedTask;
    };

    public int Port { get; private set; }

    public Uri Url => new($"http://127.0.0.1:{Port}");

    public static async Task<ScriptedUpstream> StartAsync()
    {
        var app = Loopback.Create(static _ => { });
        var upstream = new ScriptedUpstream(app);
        app.Run(upstream.HandleAsync);
        await app.StartAsync();
        upstream.Port = Loopback.PortOf(app);
        return upstream;
    }

    /// <summary>Serves objects by name, whatever the repository.</summary>
    public void Serve(params byte[][] objects)
    {
        var byPath = objects.ToDictionary(bytes => "/" + ObjectPath.Of(KeyOf(bytes)));
        Answer = async context =>
        {
            string path = context.Request.Path.Value!;
            byte[]? bytes = byPath.FirstOrDefault(entry => path.EndsWith(entry.Key, StringComparison.Ordinal)).Value;
            if (bytes is null) context.Response.StatusCode = 404;
            else await SendAsync(context, bytes);
        };
    }

    public static async Task SendAsync(HttpContext context, byte[] bytes)
    {
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes);
    }

    /// <summary>Sends the first half at once and the second when <paramref name="between"/> has ended.</summary>
    public static async Task SendInHalvesAsync(HttpContext context, byte[] bytes, Task between)
    {
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
        await context.Response.Body.FlushAsync();
        await between;
        await context.Response.Body.WriteAsync(bytes.AsMemory(bytes.Length / 2));
    }

    /// <summary>The URL of an object here.</summary>
    public string UrlOf(byte[] bytes) => $"{Url}cvmfs/a.example.org/{ObjectPath.Of(KeyOf(bytes))}";

    /// <summary>Content for an object, the same for each seed.</summary>
    public static byte[] BytesOf(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static ObjectKey KeyOf(byte[] bytes) => new(ContentHash.Compute(HashAlgorithmId.Sha1, bytes));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private Task HandleAsync(HttpContext context)
    {
        var http = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        Seen.Enqueue(new SeenRequest(http.Method, http.RawTarget, http.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        return Answer(context);
    }
}

/// <summary>Kestrel on a free port of 127.0.0.1, without configuration from outside.</summary>
internal static class Loopback
{
    public static WebApplication Create(Action<WebApplicationBuilder> configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        configure(builder);
        return builder.Build();
    }

    public static int PortOf(WebApplication app) => new Uri(app.Urls.Single()).Port;
}
