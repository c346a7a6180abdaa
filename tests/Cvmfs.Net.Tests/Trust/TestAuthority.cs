using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Trust;

/// <summary>A certificate authority of one test: issues certificates and revocation lists.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;
    private readonly List<byte[]> _revoked = [];

    public TestAuthority(string name = "CN=Test Authority")
    {
        var request = new CertificateRequest(name, _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _certificate = request.CreateSelfSigned(SignedSet.Now.AddYears(-1), SignedSet.Now.AddYears(1));
    }

    public string CertificatePem => _certificate.ExportCertificatePem();

    /// <summary>Authorities with this one and a current list.</summary>
    public CertificateAuthorities Trusted => CertificateAuthorities.FromPem(CertificatePem, RevocationListPem());

    public string RevocationListPem(DateTimeOffset? nextUpdate = null, DateTimeOffset? thisUpdate = null)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (byte[] serial in _revoked) builder.AddEntry(serial, SignedSet.Now.AddDays(-1));
        byte[] list = builder.Build(
            _certificate, 1, nextUpdate ?? SignedSet.Now.AddDays(1), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, thisUpdate ?? SignedSet.Now.AddDays(-1));
        return PemEncoding.WriteString("X509 CRL", list);
    }

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

        using var issued = request.Create(_certificate, SignedSet.Now.AddDays(-30), SignedSet.Now.AddDays(30), [serial]);
        return issued.CopyWithPrivateKey(key);
    }

    public static byte[] Envelope(byte[] content, bool detached, params X509Certificate2[] signers)
    {
        var envelope = new SignedCms(new ContentInfo(content), detached);
        foreach (var signer in signers)
        {
            envelope.ComputeSignature(new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, signer) { IncludeOption = X509IncludeOption.EndCertOnly });
        }

        return Encoding.ASCII.GetBytes(PemEncoding.WriteString("PKCS7", envelope.Encode()));
    }

    public void Dispose()
    {
        _key.Dispose();
        _certificate.Dispose();
    }
}
