using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Trust;

/// <summary>A whitelist in a PKCS#7 envelope (<c>.cvmfswhitelist.pkcs7</c>): signed by people with certificates instead of by a master key.</summary>
internal static class Pkcs7Envelope
{
    private const string Md5 = "1.2.840.113549.2.5";

    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    /// <summary>Verifies every signature and every signer's chain, and that one signer may sign for the repository.</summary>
    /// <returns>The whitelist inside, not yet parsed.</returns>
    /// <exception cref="CvmfsTrustException"><see cref="TrustFailure.BadPkcs7"/> or <see cref="TrustFailure.Pkcs7SignerMismatch"/>.</exception>
    public static byte[] Open(byte[] document, RepositoryName repository, CertificateAuthorities authorities, DateTimeOffset now)
    {
        try
        {
            var envelope = new SignedCms();
            envelope.Decode(Der(document));
            byte[] content = envelope.ContentInfo.Content;
            if (envelope.Detached || content.Length == 0) throw Bad("The PKCS#7 document holds no whitelist.");
            if (envelope.SignerInfos.Count == 0) throw Bad("Nobody signed the PKCS#7 document.");
            foreach (var signer in envelope.SignerInfos) Check(signer, envelope.Certificates, authorities, now);

            string expected = "cvmfs:" + repository;
            return envelope.SignerInfos.Cast<SignerInfo>().Any(signer => Uris(signer.Certificate!).Contains(expected, StringComparer.Ordinal))
                ? content
                : throw new CvmfsTrustException(TrustFailure.Pkcs7SignerMismatch, $"No signer of the PKCS#7 document carries the URI \"{expected}\".");
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException)
        {
            throw Bad("The PKCS#7 document cannot be read, or a signature in it is wrong.", e);
        }
    }

    private static void Check(SignerInfo signer, X509Certificate2Collection certificates, CertificateAuthorities authorities, DateTimeOffset now)
    {
        if (signer.Certificate is not { } certificate) throw Bad("A signer's certificate is not in the PKCS#7 document.");
        if (signer.DigestAlgorithm.Value == Md5) throw Bad("A signature of the PKCS#7 document goes by MD5.");
        signer.CheckSignature(verifySignatureOnly: true); // the chain is checked here: the platform's check would look for lists on the network
        authorities.RequireChain(certificate, certificates, now, TrustFailure.BadPkcs7);
    }

    private static byte[] Der(byte[] document)
    {
        string pem = Encoding.Latin1.GetString(document);
        return PemEncoding.TryFind(pem, out var block) && pem[block.Label] is "PKCS7" or "CMS"
            ? Convert.FromBase64String(pem[block.Base64Data])
            : throw Bad("There is no PEM block \"PKCS7\".");
    }

    private static IEnumerable<string> Uris(X509Certificate2 certificate)
    {
        foreach (var extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(UriTag)) yield return names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag);
                else names.ReadEncodedValue();
            }
        }
    }

    private static CvmfsTrustException Bad(string message, Exception? cause = null) => new(TrustFailure.BadPkcs7, message, cause);
}
