using System.Globalization;
using Cvmfs.Net.Testing.Synthetic;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Cvmfs.Net.LoadBench.Synthetic;

/// <summary>The synthetic upstream as a server, so that whoever copies it has a process, and a memory, of its own.</summary>
internal static class SyntheticServer
{
    /// <summary>Serves until it is stopped. Keys are new each time; the public one goes to a file, which is there when the server answers.</summary>
    public static async Task<int> RunAsync(Arguments arguments)
    {
        int objects = arguments.Get("objects", 1_000_000);
        await using var upstream = SyntheticUpstream.OfTree(objects, arguments.Get("files-per-catalog", SyntheticUpstream.DefaultFilesPerCatalog));

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{arguments.Get("port", 0)}"));
        await using var app = builder.Build();
        var root = new PathString("/cvmfs/" + upstream.Name);
        app.Run(context => AnswerAsync(context, root, upstream));
        await app.StartAsync();
        await File.WriteAllTextAsync(arguments["key"], upstream.PublicKeyPem);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{objects:N0} objects at {app.Urls.Single()}{root}"));
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static async Task AnswerAsync(HttpContext context, PathString root, SyntheticUpstream upstream)
    {
        byte[]? content = context.Request.Path.StartsWithSegments(root, out var below) && below.HasValue ? upstream.Read(below.Value[1..]) : null;
        if (content is null) context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentLength = content?.Length ?? 0;
        if (content is { Length: > 0 } && !HttpMethods.IsHead(context.Request.Method)) await context.Response.BodyWriter.WriteAsync(content, context.RequestAborted);
    }
}
