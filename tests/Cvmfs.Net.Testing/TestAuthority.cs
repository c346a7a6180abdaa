using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Testing;

/// <summary>A certificate authority of one test: issues certificates and revocation lists.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero); // a day of the tests' clocks

    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;
    private readonly List<byte[]> _revoked = [];

    /// <summary>Makes one that holds for some months on either side of the first day of 2026.</summary>
    public TestAuthority(string name = "CN=Test Authority")
    {
        var request = new CertificateRequest(name, _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _certificate = request.CreateSelfSigned(s_now.AddYears(-1), s_now.AddYears(1));
    }

    /// <summary>Its own certificate.</summary>
    public string CertificatePem => _certificate.ExportCertificatePem();

    /// <summary>Authorities with this one and a current list.</summary>
    public CertificateAuthorities Trusted => CertificateAuthorities.FromPem(CertificatePem, RevocationListPem());

    /// <summary>Its list of what was revoked so far; valid for a day before and after where nothing is said.</summary>
    public string RevocationListPem(DateTimeOffset? nextUpdate = null, DateTimeOffset? thisUpdate = null)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (byte[] serial in _revoked) builder.AddEntry(serial, s_now.AddDays(-1));
        byte[] list = builder.Build(
            _certificate, 1, nextUpdate ?? s_now.AddDays(1), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, thisUpdate ?? s_now.AddDays(-1));
        return PemEncoding.WriteString("X509 CRL", list);
    }

    /// <summary>Puts a certificate on the next lists.</summary>
    public void Revoke(X509Certificate2 certificate) => _revoked.Add(certificate.SerialNumberBytes.ToArray());

    /// <summary>Issues a certificate; the caller disposes it. The key of a publisher makes one that can sign manifests.</summary>
    public X509Certificate2 Issue(RSA key, string? uri = null, byte serial = 1)
    {
        var request = new CertificateRequest("CN=Somebody", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if (uri is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("somebody.example.org");
            names.AddUri(new Uri(uri));
            request.CertificateExtensions.Add(names.Build());
        }

        using var issued = request.Create(_certificate, s_now.AddDays(-30), s_now.AddDays(30), [serial]);
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>A PKCS#7 document as PEM, signed by all of these.</summary>
    public static byte[] Envelope(byte[] content, bool detached, params X509Certificate2[] signers)
    {
        var envelope = new SignedCms(new ContentInfo(content), detached);
        foreach (var signer in signers)
        {
            envelope.ComputeSignature(new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, signer) { IncludeOption = X509IncludeOption.EndCertOnly });
        }

        return Encoding.ASCII.GetBytes(PemEncoding.WriteString("PKCS7", envelope.Encode()));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        _certificate.Dispose();
    }
}
