namespace Cvmfs.Net.Trust;

/// <summary>Certificate authorities and their revocation lists, for repositories that demand them (<c>Vpkcs7</c>, <c>Wcachain</c>).</summary>
public sealed class CertificateAuthorities
{
    private readonly int _count;

    private CertificateAuthorities(int count) => _count = count;

    /// <summary>No authority: every demand for a chain is refused.</summary>
    public static CertificateAuthorities None { get; } = new(0);

    internal void RequireChain(byte[] certificate, DateTimeOffset now, TrustFailure failure)
        => throw new CvmfsTrustException(failure, $"The certificate ({certificate.Length} bytes) has no chain to one of {_count} authorities at {now:u}.");
}
