namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>A body that stopped: it ended early, fell silent, or broke HTTP.</summary>
internal sealed class UpstreamException(UpstreamFailure failure, string url, string what, Exception? inner = null) : IOException($"{url}: {what}", inner)
{
    /// <summary>What to report of it.</summary>
    public UpstreamFailure Failure { get; } = failure;
}
