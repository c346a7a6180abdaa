using Cvmfs.Net.Server.Content;
using Cvmfs.Net.Server.Diagnostics;
using Cvmfs.Net.Server.Geo;
using Cvmfs.Net.Server.Info;
using Cvmfs.Net.Server.ReadThrough;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Cvmfs.Net.Server.Objects;

/// <summary>Everything below <c>/cvmfs/</c>, in the web server's pipeline.</summary>
internal sealed class ContentEndpoint(ServedContent content, ContentHeaders headers, ContentResponder responder, InfoResponder info, GeoEndpoint? geo, Upstreams upstreams, ServerMetrics metrics)
{
    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context)
    {
        if (!PlainResponse.IsReading(context.Request)) return PlainResponse.MethodNotAllowedAsync(context);

        // The raw target, not the decoded path: see RequestPath.
        var path = RequestPath.Parse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, context.Request.PathBase.Value);
        switch (path.Resource)
        {
            case RequestedResource.Unknown:
                return responder.NotFoundAsync(context);
            case RequestedResource.Info:
                return path.Rest.SequenceEqual("repositories.json") ? info.RepositoriesAsync(context) : info.MetaAsync(context);
            case RequestedResource.Api:
                return geo is not null ? geo.HandleAsync(context, path.Rest) : responder.NotFoundAsync(context);
        }

        var upstream = upstreams.Find(path.Alias);
        if (upstream is { IsPassThrough: true }) return PassThrough.AnswerAsync(context, upstream, path.Copy(), headers, responder);
        if (!content.TryAnswer(path, out var answer)) answer = content.AnswerFromDisk(path);
        if (answer.Kind == AnswerKind.NotFound && upstream is not null && path.IsObject) return FetchAsync(context, upstream, path.Copy());
        metrics.Answered(path.Resource, answer);
        return responder.RespondAsync(context, answer);
    }

    private async Task FetchAsync(HttpContext context, Upstream upstream, RequestCopy path)
    {
        var answer = await upstream.AnswerAsync(content, path, context.RequestAborted).ConfigureAwait(false);
        metrics.Answered(path.Resource, answer);
        await responder.RespondAsync(context, answer).ConfigureAwait(false);
    }
}
