using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Trust;

/// <summary>The certificate that a manifest names: an envelope around a public key. Its dates, issuer and own signature do not count.</summary>
internal static class PublisherCertificate
{
    // The reference's limit for downloads to memory; a certificate has about 1 KiB.
    private const int MaxPemBytes = 1 << 20;

    /// <summary>Checks the stored bytes against their hash, inflates them and takes out the first certificate.</summary>
    /// <returns>DER bytes.</returns>
    /// <exception cref="CvmfsTrustException"><see cref="TrustFailure.ManifestLoad"/> for other bytes than the hash names,
    /// <see cref="TrustFailure.BadCertificate"/> for bytes that are no certificate.</exception>
    public static byte[] Read(ContentHash expected, ReadOnlyMemory<byte> stored)
    {
        var actual = ContentHash.Compute(expected.Algorithm, stored.Span);
        if (actual != expected)
        {
            throw new CvmfsTrustException(
                TrustFailure.ManifestLoad, $"The certificate object ({stored.Length} bytes) hashes to {actual}, the manifest names {expected}.");
        }

        string pem = Encoding.Latin1.GetString(Inflate(stored));
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var block))
        {
            if (rest[block.Label] is "CERTIFICATE" or "X509 CERTIFICATE" or "TRUSTED CERTIFICATE")
            {
                return FirstElement(Convert.FromBase64String(rest[block.Base64Data].ToString()));
            }

            rest = rest[block.Location.End..];
        }

        throw Bad($"The certificate object holds no PEM block \"CERTIFICATE\" in {pem.Length} bytes.");
    }

    /// <summary>Verifies RSASSA-PKCS1-v1_5 with SHA-1, whatever the repository's hashes are. Anything but a clear yes is no.</summary>
    /// <exception cref="CvmfsTrustException"><see cref="TrustFailure.BadCertificate"/> where the certificate holds no RSA key.</exception>
    public static bool Verify(byte[] certificate, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        using var key = RsaKey(certificate);
        try
        {
            return key.VerifyData(message, signature, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static RSA RsaKey(byte[] certificate)
    {
        try
        {
            using var parsed = X509CertificateLoader.LoadCertificate(certificate);
            return parsed.GetRSAPublicKey() ?? throw Bad($"The certificate's key is \"{parsed.PublicKey.Oid.Value}\", not RSA.");
        }
        catch (CryptographicException refused)
        {
            throw Bad("The certificate cannot be read.", refused);
        }
    }

    // A trusted certificate has data behind it that is OpenSSL's own; only the certificate itself is fingerprinted.
    private static byte[] FirstElement(byte[] der)
    {
        try
        {
            AsnDecoder.ReadSequence(der, AsnEncodingRules.DER, out _, out _, out int length);
            return der[..length];
        }
        catch (AsnContentException refused)
        {
            throw Bad("The certificate is no DER sequence.", refused);
        }
    }

    private static byte[] Inflate(ReadOnlyMemory<byte> stored)
    {
        try
        {
            return ObjectCompression.Decompress(stored.Span, CompressionId.Zlib, MaxPemBytes, "certificate");
        }
        catch (CvmfsFormatException) when (stored.Span.IndexOf("-----BEGIN "u8) >= 0)
        {
            return stored.ToArray(); // some publishing library may compress metadata as it does data: not at all
        }
        catch (CvmfsFormatException refused)
        {
            throw Bad(refused.Message, refused);
        }
    }

    private static CvmfsTrustException Bad(string message, Exception? cause = null) => new(TrustFailure.BadCertificate, message, cause);
}
