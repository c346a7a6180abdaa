using System.Collections.Concurrent;
using System.Net;
using Cvmfs.Net.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Tests;

/// <summary>A Stratum 0 on loopback: the product's own server over a folder, with a place to interfere.</summary>
internal sealed class TestOrigin : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _root;

    private TestOrigin(WebApplication app, string root) => (_app, _root) = (app, root);

    /// <summary>URL of the repository.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Method and path below the repository of every request so far.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Objects asked for by GET so far.</summary>
    public IReadOnlyList<string> Objects => [.. Requests.Where(r => r.StartsWith("GET data/", StringComparison.Ordinal)).Select(r => r["GET ".Length..])];

    /// <summary>Runs in front of the server. True: the request is answered.</summary>
    public Func<HttpContext, string, Task<bool>>? Interfere { get; set; }

    /// <summary>Serves a repository's folder under a name.</summary>
    public static async Task<TestOrigin> StartAsync(string folder, string name)
    {
        string root = Directory.CreateTempSubdirectory("cvmfs-net-origin-").FullName;
        Directory.CreateSymbolicLink(Path.Combine(root, name), folder);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.UseCvmfsLimits();
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var app = builder.Build();
        TestOrigin? origin = null;
        string prefix = $"/cvmfs/{name}/";
        app.Use(async (context, next) =>
        {
            string path = context.Request.Path.Value!;
            string relative = path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..] : path;
            origin!.Requests.Enqueue($"{context.Request.Method} {relative}");
            if (origin.Interfere is { } interfere && await interfere(context, relative)) return;
            await next(context);
        });
        app.MapCvmfs(new CvmfsServerOptions { RootFolder = root, RootFileCheckInterval = TimeSpan.Zero });
        origin = new TestOrigin(app, root);
        await app.StartAsync(TestContext.Current.CancellationToken);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        origin.Url = $"http://127.0.0.1:{new Uri(address).Port}/cvmfs/{name}";
        return origin;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }
}
