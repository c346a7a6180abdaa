using System.Buffers;
using Cvmfs.Net.Server.Content;
using Cvmfs.Net.Server.Objects;
using Cvmfs.Net.Transport;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Server.ReadThrough;

/// <summary>Hands on what another server answers, without keeping any of it.</summary>
internal static class PassThrough
{
    private const int BufferBytes = 64 << 10;

    /// <summary>Asks the other server for the same thing and sends what it sends.</summary>
    public static async Task AnswerAsync(HttpContext context, Upstream upstream, RequestCopy path, ContentHeaders headers, ContentResponder responder)
    {
        var cancellationToken = context.RequestAborted;
        SourceBody? opened;
        try
        {
            opened = path.Path.IsObject
                ? await upstream.Source.OpenObjectAsync(path.Key, cancellationToken: cancellationToken).ConfigureAwait(false)
                : await upstream.Source.OpenRootFileAsync(path.Rest, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (CvmfsTransportException)
        {
            await PlainResponse.StatusAsync(context, StatusCodes.Status502BadGateway, "no-store").ConfigureAwait(false);
            return;
        }

        if (opened is not { } body)
        {
            await responder.NotFoundAsync(context).ConfigureAwait(false);
            return;
        }

        await using var _ = body.ConfigureAwait(false);
        var content = path.Resource == RequestedResource.Object ? ContentClass.Object : ContentClass.RootFile;
        headers.LifetimeOf(content).Apply(context.Response.Headers);
        context.Response.ContentType = ContentHeaders.TypeOf(content);
        context.Response.ContentLength = body.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        try
        {
            await CopyAsync(body.Stream, context.Response.BodyWriter.AsStream(), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is CvmfsTransportException or IOException && !cancellationToken.IsCancellationRequested)
        {
            context.Abort(); // what was sent cannot be taken back; it must not look whole
        }
    }

    private static async Task CopyAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (int read; (read = await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
            {
                await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
