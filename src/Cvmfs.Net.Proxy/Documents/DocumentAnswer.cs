using Cvmfs.Net.Proxy.Serving;
using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Documents;

/// <summary>What asking for a document came to.</summary>
/// <param name="Document">The document; null where <paramref name="Problem"/> says why there is none.</param>
/// <param name="Outcome">Where it came from.</param>
/// <param name="Problem">Why there is none.</param>
internal readonly record struct DocumentAnswer(CachedDocument? Document, ProxyOutcome Outcome, UpstreamProblem Problem = default)
{
    /// <summary>The client wanted nothing fetched, and there is nothing.</summary>
    public static DocumentAnswer NotStored => new(null, ProxyOutcome.NotFound);

    /// <summary>The server that was asked for it; null where it was here.</summary>
    public string? Upstream => Document is null ? Problem.Upstream : Outcome is ProxyOutcome.Miss or ProxyOutcome.Revalidated or ProxyOutcome.Joined ? Document.Upstream : null;

    /// <summary>Whether to ask for it again and pass it through: too long to be kept.</summary>
    public bool IsTooLong => Document is { IsTooLong: true };
}
