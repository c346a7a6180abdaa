using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Serving;

/// <summary>Answers that are not kept: long root files, HEAD for what is not stored, and geo requests to an own server.</summary>
internal static class PassThrough
{
    private const int CopyBytes = 64 << 10;

    private static readonly string[] Validators = ["Age", "Accept-Ranges", "Content-Range", "ETag", "Expires", "Last-Modified"];

    /// <summary>Asks the first server that answers and copies what it says, unshared.</summary>
    /// <param name="context">The exchange with the client.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="upstreams">Whom to ask.</param>
    /// <param name="range">The part to ask for; null for the whole.</param>
    public static async Task<(ProxyOutcome Outcome, long Bytes)> SendAsync(HttpContext context, ProxyRequest request, UpstreamPool upstreams, string? range = null)
    {
        var method = HttpMethods.IsHead(context.Request.Method) ? HttpMethod.Head : HttpMethod.Get;
        var peer = request.IsForward ? null : context.Connection.RemoteIpAddress;
        var client = peer is null ? null : upstreams.ClientAddress(peer, context.Request.Headers["CF-Connecting-IP"]);
        var plan = upstreams.Candidates(request);
        while (plan.TryNext(out var attempt))
        {
            attempt.Range = range;
            AskedServer.Note(context, attempt.Server.Authority);
            using var answer = await upstreams.SendAsync(attempt, method, bypassCaches: false, client, context.RequestAborted).ConfigureAwait(false);
            if (!IsPassed(answer.Status, range is not null)) continue;
            if (answer.HasContentCoding)
            {
                upstreams.Failed(attempt, UpstreamFailure.Corrupt); // nobody asked for one, and nobody here says that there is one
                continue;
            }

            return await CopyAsync(context, request, answer, upstreams, method).ConfigureAwait(false);
        }

        return (ProxyOutcome.UpstreamFailed, await ErrorAnswer.UpstreamAsync(context, plan.Problem).ConfigureAwait(false));
    }

    /// <summary>Whether a status is passed on: 403 and 407 would blame this proxy, and a part that was not asked for would be taken for the whole.</summary>
    private static bool IsPassed(int status, bool wantsPart) => status is 200 or 400 or 404 or 410 || (wantsPart && status is 206 or 416);

    private static async Task<(ProxyOutcome Outcome, long Bytes)> CopyAsync(HttpContext context, ProxyRequest request, UpstreamAnswer answer, UpstreamPool upstreams, HttpMethod method)
    {
        context.Response.StatusCode = answer.Status;
        context.Response.ContentLength = answer.ContentLength;
        if (answer.Shown("Content-Type") is { } type) context.Response.ContentType = type;
        if (answer.Shown("Cache-Control") is { } control) context.Response.Headers.CacheControl = control;
        foreach (string name in Validators)
        {
            if (answer.Shown(name) is { } value) context.Response.Headers[name] = value;
        }

        if (request.Key is { } key && answer.Status == 200) context.Response.Headers.ETag = ObjectConditions.TagOf(key.Hash); // the one that goes with its bytes, here
        ResponseStreamer.Mark(context, $"fwd=miss; fwd-status={answer.Status}");
        if (method == HttpMethod.Head)
        {
            upstreams.Succeeded(answer.Attempt);
            return (ProxyOutcome.PassedThrough, 0);
        }

        byte[] buffer = new byte[CopyBytes];
        long sent = 0;
        try
        {
            for (int read; (read = await answer.ReadAsync(buffer, context.RequestAborted).ConfigureAwait(false)) > 0; sent += read)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted).ConfigureAwait(false);
            }

            upstreams.Succeeded(answer.Attempt);
        }
        catch (UpstreamException cut)
        {
            upstreams.Failed(answer.Attempt, cut.Failure);
            context.Abort(); // the server stopped short, and so must we
            return (ProxyOutcome.Aborted, sent);
        }

        return (ProxyOutcome.PassedThrough, sent);
    }
}
