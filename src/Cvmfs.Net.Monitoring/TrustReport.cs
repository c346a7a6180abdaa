namespace Cvmfs.Net.Monitoring;

/// <summary>The links of the chain of trust, each on its own, so that one broken link does not hide the others. Null: nobody could tell.</summary>
public sealed record TrustReport
{
    /// <summary>Nothing is known.</summary>
    public static TrustReport Unknown { get; } = new();

    /// <summary>Whether the whole chain from master key to manifest holds; null without keys.</summary>
    public bool? IsChainValid { get; init; }

    /// <summary>Whether the whitelist is signed by a known key, for this repository, and not expired; null without keys or whitelist.</summary>
    public bool? IsWhitelistValid { get; init; }

    /// <summary>Which key signed the whitelist: the first 16 hex digits of the SHA-256 of the public key; null where none of the known ones did.</summary>
    public string? MasterKeyId { get; init; }

    /// <summary>Begin of the publisher's certificate.</summary>
    public DateTimeOffset? CertificateNotBefore { get; init; }

    /// <summary>End of the publisher's certificate.</summary>
    public DateTimeOffset? CertificateNotAfter { get; init; }

    /// <summary>Whether the whitelist has the certificate's fingerprint; null without certificate or whitelist.</summary>
    public bool? IsCertificateListed { get; init; }
}
