using System.Globalization;
using Cvmfs.Net.Connections;
using Cvmfs.Net.Server.Content;
using Cvmfs.Net.Server.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Server.Objects;

/// <summary>Sends an answer through the web server's pipeline: whole, or one range of it.</summary>
/// <remarks>A file is read piece by piece and waits for the client in between, so a slow client holds one piece and an open file, nothing
/// else. Where the event loops serve (see <c>Connections/</c>), only requests that are not plain come here.</remarks>
internal sealed class ContentResponder(ContentHeaders headers, int pieceBytes, ILogger logger)
{
    /// <summary>404, which a cache may keep only briefly: an object that is absent now may arrive any moment.</summary>
    public Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentLength = 0;
        headers.NotFound.Apply(context.Response.Headers);
        return Task.CompletedTask;
    }

    /// <summary>Sends an answer; disposes its file.</summary>
    public Task RespondAsync(HttpContext context, Answer answer)
    {
        if (answer.Kind == AnswerKind.NotFound) return NotFoundAsync(context);
        if (answer.Kind == AnswerKind.Failed) return PlainResponse.StatusAsync(context, StatusCodes.Status500InternalServerError, "no-store");

        var response = context.Response;
        headers.LifetimeOf(answer.Lifetime).Apply(response.Headers);
        response.Headers.AcceptRanges = "bytes";

        var range = new ByteRange(0, answer.Length);
        string? rangeHeader = context.Request.Headers.Range;
        // If-Range asks "only if unchanged"; we send no validators it could name, so the whole file is the answer.
        if (rangeHeader is not null && context.Request.Headers.IfRange.Count == 0)
        {
            switch (ByteRange.Read(rangeHeader, answer.Length, out range))
            {
                case RangeOutcome.Part:
                    response.StatusCode = StatusCodes.Status206PartialContent;
                    response.Headers.ContentRange = string.Create(
                        CultureInfo.InvariantCulture, $"bytes {range.Start}-{range.Start + range.Length - 1}/{answer.Length}");
                    break;
                case RangeOutcome.Unsatisfiable:
                    answer.File?.Dispose();
                    response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{answer.Length}");
                    response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                    response.ContentLength = 0;
                    return Task.CompletedTask;
            }
        }

        response.ContentType = ContentHeaders.TypeOf(answer.Lifetime);
        response.ContentLength = range.Length;
        if (HttpMethods.IsHead(context.Request.Method) || range.Length == 0)
        {
            answer.File?.Dispose();
            return Task.CompletedTask;
        }

        if (answer.File is { } file) return SendFileAsync(context, file, range);
        return context.Response.BodyWriter.WriteAsync(answer.Bytes.AsMemory((int)range.Start, (int)range.Length), context.RequestAborted).AsTask();
    }

    private async Task SendFileAsync(HttpContext context, SafeFileHandle file, ByteRange range)
    {
        using (file)
        {
            var writer = context.Response.BodyWriter;
            for (long sent = 0; sent < range.Length;)
            {
                int piece = (int)Math.Min(pieceBytes, range.Length - sent);
                int read = await RandomAccess.ReadAsync(file, writer.GetMemory(piece)[..piece], range.Start + sent, context.RequestAborted).ConfigureAwait(false);
                if (read == 0)
                {
                    // Content-Length is out, so the only honest end is a broken connection.
                    logger.FileShrank(context.Request.Path);
                    context.Abort();
                    return;
                }

                writer.Advance(read);
                sent += read;
                var flush = await writer.FlushAsync(context.RequestAborted).ConfigureAwait(false);
                if (flush.IsCompleted || flush.IsCanceled) return; // the client has left
            }
        }
    }
}
