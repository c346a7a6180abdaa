using System.Text;
using Cvmfs.Net.Proxy.Upstreams;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Serving;

/// <summary>Answers that this proxy makes itself: short, never stored, and of a status that leads the client to the right next step.</summary>
/// <remarks>A client takes 403 and 407 for a fault of the proxy and leaves it; 404, 400 and 5xx for a fault of the server and tries the
/// next one. 429 and 503 are never sent: they would blame the server for our load.</remarks>
internal static class ErrorAnswer
{
    /// <summary>Our name in <c>Via</c>, <c>Cache-Status</c> and <c>Proxy-Status</c>; also how a loop is noticed.</summary>
    public const string Name = "cvmfs-net";

    /// <summary>The <c>Via</c> field of everything that passes here.</summary>
    public const string Via = "1.1 " + Name;

    /// <summary>Refuses a request.</summary>
    public static Task RefuseAsync(HttpContext context, int status, string reason) => WriteAsync(context, status, "http_request_denied", reason);

    /// <summary>Says that a document is not in the cache, to a client that wanted nothing fetched.</summary>
    public static Task NotStoredAsync(HttpContext context) => WriteAsync(context, 504, "http_request_denied", "not in the cache, and nothing may be fetched");

    /// <summary>Says that no server gave a usable answer.</summary>
    public static Task UpstreamAsync(HttpContext context, UpstreamFailure failure, int upstreamStatus) => failure switch
    {
        // The server's own words about a status, so that clients treat it as the server's.
        UpstreamFailure.Status when upstreamStatus is >= 400 and < 600 and not (403 or 407 or 429) =>
            WriteAsync(context, upstreamStatus, $"http_request_error; received-status={upstreamStatus}", "the server answered with an error"),
        UpstreamFailure.Status => WriteAsync(context, 502, $"http_request_error; received-status={upstreamStatus}", "the server answered with an unexpected status"),
        UpstreamFailure.Timeout => WriteAsync(context, 504, "http_response_timeout", "the server did not answer in time"),
        UpstreamFailure.NotPublic => WriteAsync(context, 403, "destination_ip_prohibited", "the server's address is not public"),
        UpstreamFailure.Unresolvable => WriteAsync(context, 502, "dns_error", "the server's name does not resolve"),
        UpstreamFailure.Incomplete => WriteAsync(context, 502, "http_response_incomplete", "the server's answer ended early"),
        UpstreamFailure.Corrupt => WriteAsync(context, 502, "http_protocol_error", "the server's bytes are not the object"),
        _ => WriteAsync(context, 502, "destination_unavailable", "the server cannot be reached"),
    };

    private static async Task WriteAsync(HttpContext context, int status, string error, string reason)
    {
        byte[] body = Encoding.ASCII.GetBytes($"{Name}: {reason}\n");
        var headers = context.Response.Headers;
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = body.Length;
        headers.CacheControl = "no-store";
        headers.Via = Via;
        headers["Proxy-Status"] = $"{Name}; error={error}";
        headers.Connection = "close"; // clients drop the connection on every error anyway
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }
}
