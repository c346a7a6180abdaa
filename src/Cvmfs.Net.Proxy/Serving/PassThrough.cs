using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Serving;

/// <summary>Answers that are not kept: long root files, HEAD for what is not stored, and geo requests to an own server.</summary>
internal static class PassThrough
{
    private const int CopyBytes = 64 << 10;

    /// <summary>Asks the first server that answers and copies what it says, unshared.</summary>
    public static async Task<(ProxyOutcome Outcome, long Bytes)> SendAsync(HttpContext context, ProxyRequest request, UpstreamPool upstreams)
    {
        var method = HttpMethods.IsHead(context.Request.Method) ? HttpMethod.Head : HttpMethod.Get;
        var client = request.IsForward ? null : context.Connection.RemoteIpAddress;
        var (failure, status) = (UpstreamFailure.Unreachable, 0);
        foreach (var url in upstreams.Candidates(request))
        {
            using var answer = await upstreams.SendAsync(request, url, method, bypassCaches: false, client, context.RequestAborted).ConfigureAwait(false);
            (failure, status) = (answer.Failure == UpstreamFailure.None ? UpstreamFailure.Status : answer.Failure, answer.Status);
            if (answer.Response is not { } response || status is >= 500 or >= 300 and < 400) continue;
            return await CopyAsync(context, answer, response, method).ConfigureAwait(false);
        }

        await ErrorAnswer.UpstreamAsync(context, failure, status).ConfigureAwait(false);
        return (ProxyOutcome.UpstreamFailed, 0);
    }

    private static async Task<(ProxyOutcome Outcome, long Bytes)> CopyAsync(HttpContext context, UpstreamAnswer answer, HttpResponseMessage response, HttpMethod method)
    {
        context.Response.StatusCode = answer.Status;
        context.Response.ContentLength = response.Content.Headers.ContentLength;
        if (response.Content.Headers.ContentType is { } type) context.Response.ContentType = type.ToString();
        if (response.Headers.CacheControl is { } control) context.Response.Headers.CacheControl = control.ToString();
        ResponseStreamer.Mark(context, $"fwd=miss; fwd-status={answer.Status}");
        if (method == HttpMethod.Head) return (ProxyOutcome.PassedThrough, 0);

        byte[] buffer = new byte[CopyBytes];
        long sent = 0;
        try
        {
            var body = await response.Content.ReadAsStreamAsync(context.RequestAborted).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                for (int read; (read = await answer.ReadAsync(body, buffer).ConfigureAwait(false)) > 0; sent += read)
                {
                    await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted).ConfigureAwait(false);
                }
            }
        }
        catch (Exception cut) when (cut is IOException or TimeoutException)
        {
            context.Abort(); // the server stopped short, and so must we
            return (ProxyOutcome.Aborted, sent);
        }

        return (ProxyOutcome.PassedThrough, sent);
    }
}
