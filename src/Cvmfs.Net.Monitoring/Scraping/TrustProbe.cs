using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Monitoring.Scraping;

/// <summary>Looks at each link of the chain of trust by itself. Says what is seen; what is believed, <see cref="ManifestVerifier"/> decides.</summary>
internal static class TrustProbe
{
    private const int MaxCertificateBytes = 1 << 20;

    /// <summary>The links, as far as documents came.</summary>
    /// <param name="name">The repository that is expected.</param>
    /// <param name="whitelist">The whitelist; null where it did not come or has no form.</param>
    /// <param name="certificate">The certificate's object, whose hash was checked; null where it did not come.</param>
    /// <param name="keys">Known keys; with none, nobody can tell about signatures.</param>
    /// <param name="now">The instant of the judgement.</param>
    public static TrustReport Look(RepositoryName name, Whitelist? whitelist, byte[]? certificate, MasterKeys keys, DateTimeOffset now)
    {
        var trust = TrustReport.Unknown;
        if (whitelist is not null && keys.Count > 0)
        {
            string? signer = FindSigner(whitelist, keys);
            bool isSigned = whitelist.IsPkcs7 || signer is not null; // the other kind of signature has no master key
            trust = trust with
            {
                MasterKeyId = signer,
                IsWhitelistValid = isSigned && !whitelist.IsExpiredAt(now) && whitelist.RepositoryName == name.ToString(),
            };
        }

        if (certificate is null) return trust;
        try
        {
            using var x509 = X509CertificateLoader.LoadCertificate(ObjectCompression.Decompress(certificate, CompressionId.Zlib, MaxCertificateBytes, "certificate"));
            return trust with
            {
                CertificateNotBefore = x509.NotBefore.ToUniversalTime(),
                CertificateNotAfter = x509.NotAfter.ToUniversalTime(),
                IsCertificateListed = whitelist?.Fingerprints.Any(fingerprint => fingerprint.Matches(x509.RawData)),
            };
        }
        catch (Exception odd) when (odd is CryptographicException or CvmfsException)
        {
            return trust; // the verifier says what is wrong with it
        }
    }

    private static string? FindSigner(Whitelist whitelist, MasterKeys keys)
    {
        try
        {
            var letter = SignedLetter.Split(whitelist.Bytes, "whitelist");
            return letter.IsHashRight ? keys.FindSigner(letter.HashLine.Span, letter.Signature.Span) : null;
        }
        catch (CvmfsFormatException)
        {
            return null; // not signed at all
        }
    }
}
