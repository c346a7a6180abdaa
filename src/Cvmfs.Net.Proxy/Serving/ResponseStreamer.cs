using Cvmfs.Net.Proxy.Caching;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Serving;

/// <summary>Writes answers to clients. A body that turns out wrong is cut off: the connection dies, so that nobody takes it for whole.</summary>
internal static class ResponseStreamer
{
    /// <summary>Lifetime sent with objects: three days, what the reference server sends.</summary>
    public const string ObjectCacheControl = "max-age=259200";

    private const int CopyBytes = 64 << 10;

    /// <summary>Sends a stored object.</summary>
    /// <returns>Body bytes sent.</returns>
    public static async Task<long> SendStoredAsync(HttpContext context, Stream stored)
    {
        BeginObject(context, stored.Length, "hit");
        if (HttpMethods.IsHead(context.Request.Method)) return 0;
        await stored.CopyToAsync(context.Response.Body, CopyBytes, context.RequestAborted).ConfigureAwait(false);
        return stored.Length;
    }

    /// <summary>Sends an object while it is fetched.</summary>
    /// <returns>How it ended, and body bytes sent.</returns>
    public static async Task<(ProxyOutcome Outcome, long Bytes)> SendTransferAsync(HttpContext context, SharedTransfer transfer, bool isFirst)
    {
        var aborted = context.RequestAborted;
        if (!await transfer.StartAsync(aborted).ConfigureAwait(false))
        {
            var (failure, status, absent) = transfer.Problem;
            if (absent)
            {
                await SendNotFoundAsync(context).ConfigureAwait(false);
                return (ProxyOutcome.NotFound, 0);
            }

            await ErrorAnswer.UpstreamAsync(context, failure, status).ConfigureAwait(false);
            return (ProxyOutcome.UpstreamFailed, 0);
        }

        BeginObject(context, transfer.Length, isFirst ? "fwd=uri-miss; fwd-status=200; stored" : "fwd=uri-miss; collapsed");
        if (HttpMethods.IsHead(context.Request.Method)) return (isFirst ? ProxyOutcome.Miss : ProxyOutcome.Joined, 0);
        var tail = new StoredTail();
        await using var ownedTail = tail.ConfigureAwait(false);
        long sent = 0;
        while (true)
        {
            var (bytes, state) = await transfer.ReadAsync(sent, tail, aborted).ConfigureAwait(false);
            if (state == TransferState.Complete) return (isFirst ? ProxyOutcome.Miss : ProxyOutcome.Joined, sent);
            if (state == TransferState.Broken)
            {
                context.Abort();
                return (ProxyOutcome.Aborted, sent);
            }

            await context.Response.Body.WriteAsync(bytes, aborted).ConfigureAwait(false);
            sent += bytes.Length;
        }
    }

    /// <summary>Says that the server has no such object.</summary>
    public static Task SendNotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentLength = 0;
        context.Response.Headers.CacheControl = "max-age=5"; // absence ends with the next publication
        Mark(context, "fwd=uri-miss; fwd-status=404");
        return Task.CompletedTask;
    }

    /// <summary>Adds what every answer says about its way here.</summary>
    public static void Mark(HttpContext context, string cacheStatus)
    {
        context.Response.Headers.Via = ErrorAnswer.Via;
        context.Response.Headers["Cache-Status"] = $"{ErrorAnswer.Name}; {cacheStatus}";
    }

    private static void BeginObject(HttpContext context, long? length, string cacheStatus)
    {
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = length;
        context.Response.Headers.CacheControl = ObjectCacheControl;
        Mark(context, cacheStatus);
    }
}
