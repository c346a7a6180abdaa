namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Why there is no usable answer for a request, after everybody who could be asked was.</summary>
/// <param name="Failure">What happened last, or what matters most.</param>
/// <param name="Status">The status that came, for <see cref="UpstreamFailure.Status"/>; 0 otherwise.</param>
/// <param name="IsSiteWide">Whether no server at all can be reached from here: then another proxy is the client's best hope.</param>
internal readonly record struct UpstreamProblem(UpstreamFailure Failure, int Status, bool IsSiteWide = false)
{
    /// <summary>The server that was asked last; null where that is not known.</summary>
    public string? Upstream { get; init; }

    /// <summary>Whether there simply is no such thing.</summary>
    public bool IsAbsence => Failure == UpstreamFailure.Status && Status is (404 or 410);
}
