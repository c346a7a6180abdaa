using System.Globalization;
using Cvmfs.Net.Connections;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Proxy.Transfers;
using Cvmfs.Net.Proxy.Upstreams;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Serving;

/// <summary>Answers requests for objects through the web server. A body that turns out wrong is cut off, so that nobody takes it for whole.</summary>
/// <remarks>The event loops give the same answers; see <c>Connections/</c>.</remarks>
internal sealed class ObjectResponder(ObjectCache cache, TransferTable transfers, AbsentObjects absent, UpstreamPool upstreams, TimeProvider clock)
{
    private const int PieceBytes = 64 << 10;

    /// <summary>Answers one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="request">The same, for an object.</param>
    /// <param name="isSuspicious">Whether the client has seen bad bytes: what is stored is checked first.</param>
    public async Task<(ProxyOutcome Outcome, long Bytes)> AnswerAsync(HttpContext context, ProxyRequest request, bool isSuspicious)
    {
        var hash = request.Key!.Value.Hash;
        bool isHead = HttpMethods.IsHead(context.Request.Method);
        if (isSuspicious) await cache.RecheckAsync(hash, context.RequestAborted).ConfigureAwait(false);
        if (cache.TryFind(hash, out var found)) return await SendFoundAsync(context, hash, found).ConfigureAwait(false);
        if (isHead)
        {
            return await cache.FindAsync(hash, context.RequestAborted).ConfigureAwait(false) is { } stored
                ? await SendFoundAsync(context, hash, stored).ConfigureAwait(false)
                : await PassThrough.SendAsync(context, request, upstreams).ConfigureAwait(false);
        }

        if (!isSuspicious && absent.Contains(request))
        {
            SetAbsent(context);
            return (ProxyOutcome.NotFound, 0);
        }

        for (int attempt = 0; ; attempt++)
        {
            var watcher = new AwaitingWatcher();
            if (transfers.Join(request, isSuspicious, watcher, out bool isFirst) is not { } transfer)
            {
                context.Abort(); // overload: the client tries again, and then another proxy
                return (ProxyOutcome.Aborted, 0);
            }

            try
            {
                var first = await watcher.NextAsync(transfer, context.RequestAborted).ConfigureAwait(false);
                if (transfer.IsEndOfOthers(first.State, request, attempt)) continue;
                return await SendTransferAsync(context, transfer, watcher, first, isFirst).ConfigureAwait(false);
            }
            finally
            {
                transfer.Leave(watcher);
            }
        }
    }

    /// <summary>Says that no server has the object.</summary>
    private static void SetAbsent(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentLength = 0;
        var headers = context.Response.Headers;
        (headers.CacheControl, headers.Via, headers["Cache-Status"]) = (ObjectFields.AbsentCacheControl, ErrorAnswer.Via, ObjectFields.Absent);
    }

    private async Task<(ProxyOutcome Outcome, long Bytes)> SendFoundAsync(HttpContext context, ContentHash hash, CachedObject found)
    {
        using (found)
        {
            if (!TryBegin(context, hash, found.FetchedAt, found.Length, maySelect: true, ObjectFields.Hit, out var range)) return (ProxyOutcome.Hit, 0);
            long sent = await SendAsync(context, hash, found.Bytes, found.File, found.Offset + range.Start, range.Length).ConfigureAwait(false);
            return (sent == range.Length ? ProxyOutcome.Hit : ProxyOutcome.Aborted, sent);
        }
    }

    private async Task<(ProxyOutcome Outcome, long Bytes)> SendTransferAsync(
        HttpContext context, SharedTransfer transfer, AwaitingWatcher watcher, TransferPiece piece, bool isFirst)
    {
        if (!transfer.IsHit) AskedServer.Note(context, transfer.Upstream);
        if (piece.State is TransferState.Failed or TransferState.Broken)
        {
            if (transfer.Problem.IsAbsence)
            {
                SetAbsent(context);
                return (ProxyOutcome.NotFound, 0);
            }

            return (ProxyOutcome.UpstreamFailed, await ErrorAnswer.UpstreamAsync(context, transfer.Problem).ConfigureAwait(false));
        }

        var outcome = transfer.IsHit ? ProxyOutcome.Hit : isFirst ? ProxyOutcome.Miss : ProxyOutcome.Joined;
        string cacheStatus = outcome switch { ProxyOutcome.Hit => ObjectFields.Hit, ProxyOutcome.Miss => ObjectFields.Miss, _ => ObjectFields.Collapsed };
        var hash = transfer.Key.Hash;
        if (!TryBegin(context, hash, transfer.FetchedAt, piece.Total, piece.MaySelect, cacheStatus, out var range)) return (outcome, 0);
        if (context.Response.StatusCode == StatusCodes.Status206PartialContent)
        {
            watcher.Select(range.Start, range.Length);
            piece = await watcher.NextAsync(transfer, context.RequestAborted).ConfigureAwait(false);
        }

        long sent = 0;
        while (piece.State is TransferState.More or TransferState.Complete)
        {
            long taken = await SendAsync(context, hash, piece.Bytes, piece.File, piece.Start, piece.Length).ConfigureAwait(false);
            sent += taken;
            if (taken < piece.Length) return (ProxyOutcome.Aborted, sent);
            watcher.Position += piece.Length;
            if (piece.State == TransferState.Complete) return (outcome, sent);
            piece = await watcher.NextAsync(transfer, context.RequestAborted).ConfigureAwait(false);
        }

        context.Abort();
        return (ProxyOutcome.Aborted, sent);
    }

    /// <summary>Writes the head for an object. False when no body follows.</summary>
    private bool TryBegin(HttpContext context, in ContentHash hash, FetchTime fetchedAt, long? length, bool maySelect, string cacheStatus, out ByteRange range)
    {
        range = new ByteRange(0, length ?? 0);
        var (response, headers) = (context.Response, context.Request.Headers);
        bool isKnown = ObjectConditions.IsKnown(headers.IfNoneMatch.ToString(), hash);
        response.StatusCode = isKnown ? StatusCodes.Status304NotModified : StatusCodes.Status200OK;
        (response.Headers.CacheControl, response.Headers.AcceptRanges, response.Headers.ETag) = (ObjectFields.CacheControl, "bytes", ObjectConditions.TagOf(hash));
        (response.Headers.Via, response.Headers["Cache-Status"]) = (ErrorAnswer.Via, cacheStatus);
        response.Headers.Age = fetchedAt.AgeAt(clock.GetUtcNow().ToUnixTimeSeconds()).ToString(CultureInfo.InvariantCulture);
        if (isKnown) return false;
        response.ContentType = ObjectFields.ContentType;
        response.ContentLength = length;
        bool isHead = HttpMethods.IsHead(context.Request.Method);
        if (length is null || isHead || !maySelect || headers.Range.Count != 1 || !ObjectConditions.AllowsPart(headers.IfRange.ToString(), hash)) return length != 0 && !isHead;
        switch (ByteRange.Read(headers.Range.ToString(), length.Value, out range))
        {
            case RangeOutcome.Part:
                response.StatusCode = StatusCodes.Status206PartialContent;
                response.ContentLength = range.Length;
                response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {range.Start}-{range.Start + range.Length - 1}/{length}");
                break;
            case RangeOutcome.Unsatisfiable:
                response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                response.ContentLength = 0;
                response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{length}");
                return false;
        }

        return range.Length > 0;
    }

    /// <summary>Sends content. Less than its length where it cannot be read: the connection is broken off then.</summary>
    private async Task<long> SendAsync(HttpContext context, ContentHash hash, byte[]? bytes, ObjectFile? file, long start, long length)
    {
        var (writer, aborted) = (context.Response.BodyWriter, context.RequestAborted);
        if (bytes is not null)
        {
            await writer.WriteAsync(bytes.AsMemory((int)start, (int)length), aborted).ConfigureAwait(false);
            return length;
        }

        long sent = 0;
        while (sent < length)
        {
            int piece = (int)Math.Min(PieceBytes, length - sent);
            int read = await ReadAsync(hash, file!, writer.GetMemory(piece)[..piece], start + sent, aborted).ConfigureAwait(false);
            if (read == 0)
            {
                context.Abort(); // only a break says so
                return sent;
            }

            writer.Advance(read);
            sent += read;
            await writer.FlushAsync(aborted).ConfigureAwait(false);
        }

        return sent;
    }

    /// <summary>Reads from a file of the store. 0 when the disk fails, or the file is shorter than it was: the store hears of it.</summary>
    private async ValueTask<int> ReadAsync(ContentHash hash, ObjectFile file, Memory<byte> target, long start, CancellationToken cancellationToken)
    {
        try
        {
            int read = await RandomAccess.ReadAsync(file.Handle, target, start, cancellationToken).ConfigureAwait(false);
            if (read == 0) cache.ReportUnreadable(hash, new EndOfStreamException($"The file of {hash} has no byte {start}."));
            return read;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            cache.ReportUnreadable(hash, failure);
            return 0;
        }
    }
}
