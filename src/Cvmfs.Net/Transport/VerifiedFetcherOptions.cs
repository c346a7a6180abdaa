namespace Cvmfs.Net.Transport;

/// <summary>How a <see cref="VerifiedFetcher"/> fetches.</summary>
public sealed class VerifiedFetcherOptions
{
    /// <summary>Longest object in stored bytes where the caller names no bound. Default 64 GiB: a publisher that does not chunk stores large
    /// files whole, and the bound only keeps an endless answer from filling the disk.</summary>
    public long MaxObjectBytes { get; set; } = 64L << 30;

    /// <summary>How often a broken transfer is begun anew.</summary>
    public RetryOptions Retry { get; set; } = new();
}
