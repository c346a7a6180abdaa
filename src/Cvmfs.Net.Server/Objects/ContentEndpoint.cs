using Cvmfs.Net.Server.Info;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Cvmfs.Net.Server.Objects;

/// <summary>Everything below <c>/cvmfs/</c>.</summary>
internal sealed class ContentEndpoint(FileResponder files, InfoResponder info)
{
    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context)
    {
        if (!PlainResponse.IsReading(context.Request)) return PlainResponse.MethodNotAllowedAsync(context);

        // The raw target, not the decoded path: see RequestPath.
        var path = RequestPath.Parse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, context.Request.PathBase.Value);
        return path.Resource switch
        {
            RequestedResource.Object or RequestedResource.RootFile or RequestedResource.AlternativeName => files.RespondAsync(context, path),
            RequestedResource.Info when path.Rest.SequenceEqual("repositories.json") => info.RepositoriesAsync(context),
            RequestedResource.Info => info.MetaAsync(context),
            _ => files.NotFoundAsync(context),
        };
    }
}
