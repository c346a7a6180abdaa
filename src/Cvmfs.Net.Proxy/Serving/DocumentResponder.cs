using System.Globalization;
using Cvmfs.Net.Connections;
using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Upstreams;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Serving;

/// <summary>Answers requests for documents: from the cache, after a fetch, or passed through where they are not to be shared.</summary>
internal sealed class DocumentResponder(DocumentCache documents, UpstreamPool upstreams, TimeProvider clock)
{
    /// <summary>Answers a request for anything but an object.</summary>
    public async Task<(ProxyOutcome Outcome, long Bytes)> AnswerAsync(HttpContext context, ProxyRequest request)
    {
        var headers = context.Request.Headers;
        var wishes = CacheDirectives.Parse(headers.CacheControl, headers.Pragma);
        string? range = request.Kind == RequestKind.External && headers.Range.Count == 1 ? headers.Range.ToString() : null;
        if (IsUnshared(context, request, wishes)) return await PassThrough.SendAsync(context, request, upstreams, range).ConfigureAwait(false);

        // A part or a head alone is no reason to fetch a whole.
        bool isPartial = range is not null || HttpMethods.IsHead(context.Request.Method);
        if (isPartial && !wishes.OnlyIfCached && !documents.Has(request, wishes)) return await PassThrough.SendAsync(context, request, upstreams, range).ConfigureAwait(false);

        var answer = await documents.GetAsync(request, wishes, context.RequestAborted).ConfigureAwait(false);
        if (answer.IsTooLong) return await PassThrough.SendAsync(context, request, upstreams, range).ConfigureAwait(false);
        if (answer.Upstream is { } upstream) AskedServer.Note(context, upstream);
        if (answer.Document is not { } document)
        {
            var error = answer.Outcome == ProxyOutcome.NotFound ? ErrorAnswer.NotStoredAsync(context) : ErrorAnswer.UpstreamAsync(context, answer.Problem);
            return (answer.Outcome, await error.ConfigureAwait(false));
        }

        ResponseStreamer.Mark(context, StatusOf(answer.Outcome, document, clock));
        long bytes = await SendAsync(context, document).ConfigureAwait(false);
        return (document.Status is 404 or 410 ? ProxyOutcome.NotFound : answer.Outcome, bytes);
    }

    private static bool IsUnshared(HttpContext context, ProxyRequest request, CacheDirectives wishes)
        => wishes.NoStore
            || context.Request.Headers.Authorization.Count > 0
            || (request.Kind == RequestKind.Geo && !request.IsForward); // behind us a server cannot see who asks, so it is told, and each client gets its own

    /// <summary>What Cache-Status says of a document, after our name.</summary>
    public static string StatusOf(ProxyOutcome outcome, CachedDocument document, TimeProvider clock) => outcome switch
    {
        ProxyOutcome.Hit => string.Create(CultureInfo.InvariantCulture, $"hit; ttl={Math.Max(0, Math.Round(document.Remaining(clock).TotalSeconds))}"),
        ProxyOutcome.Stale => string.Create(CultureInfo.InvariantCulture, $"hit; fwd=stale; ttl={Math.Round(document.Remaining(clock).TotalSeconds)}"),
        ProxyOutcome.Revalidated => "fwd=stale; fwd-status=304; stored",
        ProxyOutcome.Joined => "fwd=uri-miss; collapsed",
        _ => $"fwd=uri-miss; fwd-status={document.Status}{(document.Lifetime == DocumentLifetime.None ? "" : "; stored")}",
    };

    private async Task<long> SendAsync(HttpContext context, CachedDocument document)
    {
        var (request, response) = (context.Request, context.Response);
        response.StatusCode = document.Status;
        if (document.ContentType is { } type) response.ContentType = type;
        if (document.CacheControl is { } control) response.Headers.CacheControl = control;
        if (document.ETag is { } tag) response.Headers.ETag = tag;
        if (document.LastModified is { } modified) response.Headers.LastModified = modified;
        if (document.Location is { } location) response.Headers.Location = location;
        response.Headers.Age = document.AgeSeconds(clock).ToString(CultureInfo.InvariantCulture);
        var part = new ByteRange(0, document.Body.Length);
        if (document.Status == 200)
        {
            response.Headers.AcceptRanges = "bytes";
            if (IsUnchanged(request, document))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return 0;
            }

            if (!TryRange(context, document, out part)) return 0;
        }

        response.ContentLength = part.Length;
        if (HttpMethods.IsHead(request.Method)) return 0;
        await response.Body.WriteAsync(document.Body.Slice((int)part.Start, (int)part.Length), context.RequestAborted).ConfigureAwait(false);
        return part.Length;
    }

    /// <summary>Sets status and fields for the part that is asked for. False where there is no such part.</summary>
    private static bool TryRange(HttpContext context, CachedDocument document, out ByteRange part)
    {
        var (request, response) = (context.Request, context.Response);
        part = new ByteRange(0, document.Body.Length);
        if (HttpMethods.IsHead(request.Method) || request.Headers.Range.Count != 1 || !IsOfThis(request.Headers.IfRange, document)) return true;
        switch (ByteRange.Read(request.Headers.Range.ToString(), document.Body.Length, out part))
        {
            case RangeOutcome.Part:
                response.StatusCode = StatusCodes.Status206PartialContent;
                response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {part.Start}-{part.Start + part.Length - 1}/{document.Body.Length}");
                return true;
            case RangeOutcome.Unsatisfiable:
                response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{document.Body.Length}");
                response.ContentLength = 0;
                return false;
            default:
                return true;
        }
    }

    private static bool IsOfThis(string? ifRange, CachedDocument document)
        => string.IsNullOrEmpty(ifRange)
            || (ifRange.StartsWith('"') ? string.Equals(ifRange, document.ETag, StringComparison.Ordinal) : string.Equals(ifRange, document.LastModified, StringComparison.Ordinal));

    private static bool IsUnchanged(HttpRequest request, CachedDocument document)
    {
        string? tags = request.Headers.IfNoneMatch;
        if (!string.IsNullOrEmpty(tags))
        {
            // Weak comparison, as for GET.
            return document.ETag is { } tag && (tags == "*" || tags.Split(',').Any(one => Strong(one.Trim()) == Strong(tag)));
        }

        return request.Headers.IfModifiedSince.Count == 1 && document.LastModified is { } modified
            && TryDate(request.Headers.IfModifiedSince, out var since) && TryDate(modified, out var changed) && changed <= since;
    }

    private static string Strong(string tag) => tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag;

    private static bool TryDate(string? text, out DateTimeOffset date)
        => DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date);
}
