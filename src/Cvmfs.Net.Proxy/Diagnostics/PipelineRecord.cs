using System.Text;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>Makes the record of a request that went through the web server's pipeline.</summary>
internal static class PipelineRecord
{
    /// <param name="context">The request, after its answer.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="bytes">Body bytes sent.</param>
    /// <param name="duration">How long it took.</param>
    /// <param name="isClientAllowed">Whether this client may ask at all.</param>
    /// <param name="journal">Where the record goes.</param>
    public static RequestRecord Of(HttpContext context, ProxyOutcome outcome, long bytes, TimeSpan duration, bool isClientAllowed, RequestJournal journal)
    {
        var http = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        int status = outcome == ProxyOutcome.ClientLeft && !context.Response.HasStarted ? 0 : context.Response.StatusCode;
        var request = RequestClassifier.Classify(http.RawTarget);
        string repository = request?.Repository ?? "";
        byte[] name = Encoding.ASCII.GetBytes(repository);
        var record = new RequestRecord
        {
            Duration = duration,
            Client = context.Connection.RemoteIpAddress,
            Status = status,
            Bytes = bytes,
            Result = ResultOf(outcome, status),
            Denial = outcome == ProxyOutcome.Refused ? DenialOf(status, isClientAllowed) : DenialReason.None,
            Kind = request?.Kind ?? RequestKind.External,
            Key = request?.Key ?? default,
            Repository = status is 200 or 206 or 304 ? journal.Repositories.Served(name) : journal.Repositories.Find(name),
        };
        if (!journal.WantsText) return record;
        return record with
        {
            Method = http.Method,
            Target = http.RawTarget,
            Upstream = AskedServer.Of(context),
            UserAgent = context.Request.Headers.UserAgent,
            CvmfsInfo = context.Request.Headers["cvmfs-info"],
        };
    }

    private static RequestResult ResultOf(ProxyOutcome outcome, int status) => outcome switch
    {
        ProxyOutcome.Hit => RequestResult.Hit,
        ProxyOutcome.Revalidated => RequestResult.Revalidated,
        ProxyOutcome.Miss or ProxyOutcome.NotFound => RequestResult.Miss,
        ProxyOutcome.Joined => RequestResult.Collapsed,
        ProxyOutcome.Stale => RequestResult.Stale,
        ProxyOutcome.PassedThrough => status >= 500 ? RequestResult.Error : RequestResult.Bypass,
        ProxyOutcome.Refused => RequestResult.Denied,
        _ => RequestResult.Error,
    };

    private static DenialReason DenialOf(int status, bool isClientAllowed) => status switch
    {
        _ when !isClientAllowed => DenialReason.Acl,
        400 or 405 or 501 => DenialReason.Method,
        413 or 414 or 431 => DenialReason.TooLarge,
        429 or 503 => DenialReason.Overload,
        _ => DenialReason.Destination,
    };
}
