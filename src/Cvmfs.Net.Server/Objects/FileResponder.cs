using System.Globalization;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Server.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Server.Objects;

/// <summary>Answers with a file of a repository: whole, or one range of it.</summary>
/// <remarks>
/// A file up to one piece is read straight into the response's buffer: open, size, one read, close. A larger one is read piece by piece
/// and waits for the client in between, so a slow client holds one piece and an open file, nothing else. Kestrel has no kernel sendfile to
/// hand a file to; its own fallback would open the path a second time and copy in smaller steps.
/// </remarks>
internal sealed class FileResponder(CvmfsServerOptions options, TimeProvider time, ILogger logger)
{
    private readonly ServedFile _files = new(options.RootFolder);
    private readonly Lifetime _objectLifetime = new(options.ObjectLifetime, time);
    private readonly Lifetime _rootFileLifetime = new(options.RootFileLifetime, time);
    private readonly Lifetime _notFoundLifetime = new(options.NotFoundLifetime, time);

    /// <summary>404, which a cache may keep only briefly: an object that is absent now may arrive any moment.</summary>
    public Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentLength = 0;
        _notFoundLifetime.Apply(context.Response.Headers);
        return Task.CompletedTask;
    }

    /// <summary>Answers a parsed request for an object or a root file.</summary>
    public Task RespondAsync(HttpContext context, RequestPath path)
    {
        SafeFileHandle? file;
        long fileBytes;
        try
        {
            file = path.Resource == RequestedResource.AlternativeName
                ? _files.Open(path.Alias, ObjectPath.Of(path.Key))
                : _files.Open(path.Alias, path.Rest);
            if (file is null || !TryGetLength(file, path.Resource, out fileBytes)) return NotFoundAsync(context);
        }
        catch (IOException e)
        {
            // There is something that we cannot read. 404 would say "does not exist" to every client; 500 sends them to another server.
            logger.FileUnreadable(path.Alias.ToString(), path.Rest.ToString(), e);
            return PlainResponse.StatusAsync(context, StatusCodes.Status500InternalServerError, "no-store");
        }

        bool isObject = path.Resource == RequestedResource.Object;
        return RespondAsync(context, file, fileBytes, isObject ? _objectLifetime : _rootFileLifetime, isObject ? "application/octet-stream" : "application/x-cvmfs");
    }

    private Task RespondAsync(HttpContext context, SafeFileHandle file, long fileBytes, Lifetime lifetime, string contentType)
    {
        var response = context.Response;
        lifetime.Apply(response.Headers);
        response.Headers.AcceptRanges = "bytes";

        var range = new ByteRange(0, fileBytes);
        string? rangeHeader = context.Request.Headers.Range;
        // If-Range asks "only if unchanged"; we send no validators it could name, so the whole file is the answer.
        if (rangeHeader is not null && context.Request.Headers.IfRange.Count == 0)
        {
            switch (ByteRange.Read(rangeHeader, fileBytes, out range))
            {
                case RangeOutcome.Part:
                    response.StatusCode = StatusCodes.Status206PartialContent;
                    response.Headers.ContentRange = string.Create(
                        CultureInfo.InvariantCulture, $"bytes {range.Start}-{range.Start + range.Length - 1}/{fileBytes}");
                    break;
                case RangeOutcome.Unsatisfiable:
                    file.Dispose();
                    response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{fileBytes}");
                    response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                    response.ContentLength = 0;
                    return Task.CompletedTask;
            }
        }

        response.ContentType = contentType;
        response.ContentLength = range.Length;
        if (HttpMethods.IsHead(context.Request.Method) || range.Length == 0)
        {
            file.Dispose();
            return Task.CompletedTask;
        }

        return range.Length <= options.PieceBytes ? SendSmall(context, file, range) : SendLargeAsync(context, file, range);
    }

    private Task SendSmall(HttpContext context, SafeFileHandle file, ByteRange range)
    {
        using (file)
        {
            var writer = context.Response.BodyWriter;
            var span = writer.GetSpan((int)range.Length)[..(int)range.Length];
            if (!TryFill(file, span, range.Start)) return AbortShort(context);
            writer.Advance(span.Length);
            return Task.CompletedTask; // the server flushes when the request ends: headers and body leave in one write
        }
    }

    private async Task SendLargeAsync(HttpContext context, SafeFileHandle file, ByteRange range)
    {
        using (file)
        {
            var writer = context.Response.BodyWriter;
            for (long sent = 0; sent < range.Length;)
            {
                int piece = (int)Math.Min(options.PieceBytes, range.Length - sent);
                int read = await RandomAccess.ReadAsync(file, writer.GetMemory(piece)[..piece], range.Start + sent, context.RequestAborted).ConfigureAwait(false);
                if (read == 0)
                {
                    await AbortShort(context).ConfigureAwait(false);
                    return;
                }

                writer.Advance(read);
                sent += read;
                var flush = await writer.FlushAsync(context.RequestAborted).ConfigureAwait(false);
                if (flush.IsCompleted || flush.IsCanceled) return; // the client has left
            }
        }
    }

    /// <summary>The file became shorter than it said. Content-Length is out, so the only honest end is a broken connection.</summary>
    private Task AbortShort(HttpContext context)
    {
        logger.FileShrank(context.Request.Path);
        context.Abort();
        return Task.CompletedTask;
    }

    private static bool TryFill(SafeFileHandle file, Span<byte> span, long offset)
    {
        for (int filled = 0; filled < span.Length;)
        {
            int read = RandomAccess.Read(file, span[filled..], offset + filled);
            if (read == 0) return false;
            filled += read;
        }

        return true;
    }

    /// <summary>False, and the handle closed, for what opens like a file and is none: a FIFO, and next to the manifest a folder.</summary>
    private static bool TryGetLength(SafeFileHandle file, RequestedResource resource, out long length)
    {
        length = 0;
        try
        {
            length = RandomAccess.GetLength(file);
            // Only a store gone wrong has folders among its objects; a look at each of them would cost a system call per request.
            if (resource == RequestedResource.Object || (File.GetAttributes(file) & FileAttributes.Directory) == 0) return true;
        }
        catch (NotSupportedException)
        {
            // no length: a FIFO or a device
        }

        file.Dispose();
        return false;
    }
}
