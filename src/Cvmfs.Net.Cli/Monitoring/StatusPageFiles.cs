using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Cli.Monitoring;

/// <summary>Sends the files of a status page's folder: those that stand in it, and nothing that lies deeper or is hidden.</summary>
internal static class StatusPageFiles
{
    public static async Task SendAsync(HttpContext context, string folder)
    {
        string name = context.Request.Path.Value is "/" or null ? "index.html" : context.Request.Path.Value[1..];
        string? type = name.Contains('/', StringComparison.Ordinal) || name.Contains('\\', StringComparison.Ordinal) || name.StartsWith('.') ? null : TypeOf(name);
        bool isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        byte[]? content = type is null || !isRead ? null : await ReadAsync(Path.Combine(folder, name), context.RequestAborted);
        if (content is null)
        {
            context.Response.StatusCode = isRead ? 404 : 405;
            return;
        }

        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        context.Response.Headers.CacheControl = "max-age=30";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (HttpMethods.IsGet(context.Request.Method)) await context.Response.Body.WriteAsync(content, context.RequestAborted);
    }

    private static async Task<byte[]?> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(file, cancellationToken);
        }
        catch (Exception none) when (none is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return null; // not made yet, or a folder
        }
    }

    private static string? TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".json" => "application/json",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".atom" => "application/atom+xml",
        "" => "text/plain; version=0.0.4; charset=utf-8", // metrics
        _ => null,
    };
}
