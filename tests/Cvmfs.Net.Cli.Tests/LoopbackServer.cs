using Cvmfs.Net.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Cvmfs.Net.Cli.Tests;

/// <summary>A web server on a free port: our own server over a folder of repositories, and plain files with byte ranges beside it.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private LoopbackServer(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    /// <summary>Paths that were asked for, in order.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _requests = new();

    /// <summary>Starts a server.</summary>
    /// <param name="repositories">Folder of repositories, at <c>/cvmfs/…</c>.</param>
    /// <param name="files">Folder of plain files, at <c>/files/…</c>.</param>
    public static async Task<LoopbackServer> StartAsync(string repositories, string? files = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var server = new LoopbackServer(app);
        app.Use(async (context, next) =>
        {
            server._requests.Enqueue(context.Request.Path);
            await next(context);
        });
        app.UseRouting();
        app.MapCvmfs(new CvmfsServerOptions { RootFolder = repositories, RootFileCheckInterval = TimeSpan.Zero });
        if (files is not null)
        {
            app.Map("/files/{**path}", async context =>
            {
                string path = Path.Combine(files, (string)context.Request.RouteValues["path"]!);
                await Results.File(path, enableRangeProcessing: true).ExecuteAsync(context);
            });
        }

        await app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
