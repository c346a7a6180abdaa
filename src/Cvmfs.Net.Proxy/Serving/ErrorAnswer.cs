using Cvmfs.Net.Proxy.Upstreams;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Serving;

/// <summary>Sends answers that this proxy makes itself; see <see cref="LocalError"/>.</summary>
internal static class ErrorAnswer
{
    /// <summary>Our name in <c>Via</c>, <c>Cache-Status</c> and <c>Proxy-Status</c>; also how a loop is noticed.</summary>
    public const string Name = "cvmfs-net";

    /// <summary>The <c>Via</c> field of everything that passes here.</summary>
    public const string Via = "1.1 " + Name;

    /// <summary>Refuses a request.</summary>
    public static Task<long> RefuseAsync(HttpContext context, int status, string reason) => SendAsync(context, LocalError.Refusal(status, reason));

    /// <summary>Says that a document is not in the cache, to a client that wanted nothing fetched.</summary>
    public static Task<long> NotStoredAsync(HttpContext context) => RefuseAsync(context, 504, "not in the cache, and nothing may be fetched");

    /// <summary>Says that no server gave a usable answer.</summary>
    public static Task<long> UpstreamAsync(HttpContext context, UpstreamProblem problem) => SendAsync(context, LocalError.Of(problem));

    /// <summary>Sends an answer of our own.</summary>
    /// <returns>Bytes of its body.</returns>
    public static async Task<long> SendAsync(HttpContext context, LocalError error)
    {
        byte[] body = error.Body;
        var headers = context.Response.Headers;
        context.Response.StatusCode = error.Status;
        context.Response.ContentType = LocalError.ContentType;
        context.Response.ContentLength = body.Length;
        headers.CacheControl = LocalError.CacheControl;
        headers.Via = Via;
        headers["Proxy-Status"] = error.ProxyStatus;
        headers.Connection = "close"; // clients drop the connection on every error anyway
        if (HttpMethods.IsHead(context.Request.Method)) return 0;
        await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
        return body.Length;
    }
}
