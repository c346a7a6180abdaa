using System.Text;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Server.Objects;

/// <summary>Small answers that are not files.</summary>
internal static class PlainResponse
{
    /// <summary>A status without a body.</summary>
    public static Task StatusAsync(HttpContext context, int status, string cacheControl)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = cacheControl;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>A method other than GET and HEAD. Tells which; closes nothing.</summary>
    public static Task MethodNotAllowedAsync(HttpContext context)
    {
        context.Response.Headers.Allow = "GET, HEAD";
        return StatusAsync(context, StatusCodes.Status405MethodNotAllowed, "no-store");
    }

    /// <summary>A short text.</summary>
    public static Task TextAsync(HttpContext context, string text, string cacheControl)
    {
        context.Response.Headers.CacheControl = cacheControl;
        return BytesAsync(context, Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");
    }

    /// <summary>A short body, or only its headers for HEAD. The caller has set the headers about caching.</summary>
    public static Task BytesAsync(HttpContext context, ReadOnlyMemory<byte> body, string? contentType)
    {
        if (!IsReading(context.Request)) return MethodNotAllowedAsync(context);
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.BodyWriter.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>Whether the method is one that this server answers.</summary>
    public static bool IsReading(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
}
