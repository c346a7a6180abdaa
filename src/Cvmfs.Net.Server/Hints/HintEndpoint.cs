using System.Globalization;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Server.Diagnostics;
using Cvmfs.Net.Server.Objects;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.Hints;

/// <summary>Takes hints that a repository has changed.</summary>
internal sealed class HintEndpoint(CvmfsHintOptions options, Func<string, CancellationToken, ValueTask<bool>> onHint, TimeProvider time, ILogger logger)
{
    private readonly HintAuthenticator _authenticator = new(options, time);
    private readonly RequestRate<string> _rate = new(options.HintsPerMinute, time);

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        string name = context.GetRouteValue("repository") as string ?? "";
        if (await ReadBodyAsync(context).ConfigureAwait(false) is not { } body)
        {
            await EndAsync(context, StatusCodes.Status413PayloadTooLarge).ConfigureAwait(false);
            return;
        }

        if (!_authenticator.Accepts(context.Request, name, body))
        {
            logger.HintRefused(context.Connection.RemoteIpAddress);
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await EndAsync(context, StatusCodes.Status401Unauthorized).ConfigureAwait(false);
            return;
        }

        // The rate is asked first: taking a hint is what it limits. A name that is none has no bucket.
        if (RepositoryName.TryParse(name, out _) && !_rate.TryPass(name, out var retryAfter))
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            await EndAsync(context, StatusCodes.Status429TooManyRequests).ConfigureAwait(false);
            return;
        }

        bool isTaken = RepositoryName.TryParse(name, out _) && await onHint(name, context.RequestAborted).ConfigureAwait(false);
        await EndAsync(context, isTaken ? StatusCodes.Status202Accepted : StatusCodes.Status404NotFound).ConfigureAwait(false);
    }

    private static Task EndAsync(HttpContext context, int status) => PlainResponse.StatusAsync(context, status, "no-store");

    /// <summary>Null if it is longer than allowed.</summary>
    private async Task<byte[]?> ReadBodyAsync(HttpContext context)
    {
        if (context.Request.ContentLength > options.MaxBodyBytes) return null;
        // This server takes no bodies otherwise.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = options.MaxBodyBytes + 1L;
        byte[] buffer = new byte[options.MaxBodyBytes + 1];
        int length = 0;
        try
        {
            for (int read; length < buffer.Length && (read = await context.Request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted).ConfigureAwait(false)) > 0;) length += read;
        }
        catch (BadHttpRequestException tooLong) when (tooLong.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return null;
        }

        return length > options.MaxBodyBytes ? null : buffer[..length];
    }
}
