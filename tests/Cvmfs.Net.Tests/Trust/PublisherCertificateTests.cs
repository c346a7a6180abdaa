using System.IO.Compression;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Trust;

public sealed class PublisherCertificateTests
{
    [Fact]
    [Conforms("protocol", 24)]
    [Conforms("protocol", 33)]
    public void Reads_the_vector()
    {
        byte[] der = Read(Vectors.CertificateObject);
        Assert.Equal("097f01a19b733148b97085eb484167d1421bb7a5", ContentHash.Compute(HashAlgorithmId.Sha1, Vectors.CertificateObject).ToString());
        Assert.Equal(Vectors.CertificateFingerprint, Fingerprint.Compute(HashAlgorithmId.Sha1, der).ToString());
    }

    [Theory]
    [InlineData("CERTIFICATE")]
    [InlineData("X509 CERTIFICATE")]
    [InlineData("TRUSTED CERTIFICATE")]
    [Conforms("protocol", 24)]
    public void Reads_every_label_with_text_before_it(string label)
    {
        string pem = "Certificate:\n    Data: …\n" + PemEncoding.WriteString(label, SignedSet.Certificate) + "\n";
        Assert.Equal(SignedSet.Certificate, Read(SignedSet.Deflate(Encoding.UTF8.GetBytes(pem))));
    }

    [Fact]
    public void Leaves_out_what_a_trusted_certificate_carries_behind_it()
    {
        byte[] withAuxiliaryData = [.. SignedSet.Certificate, 0x30, 0x02, 0x30, 0x00];
        Assert.Equal(SignedSet.Certificate, Read(SignedSet.Deflate(Encoding.ASCII.GetBytes(PemEncoding.WriteString("TRUSTED CERTIFICATE", withAuxiliaryData)))));
    }

    [Fact]
    public void The_first_certificate_counts()
    {
        string pem = PemEncoding.WriteString("PUBLIC KEY", [1, 2, 3]) + "\n" + PemEncoding.WriteString("CERTIFICATE", SignedSet.Certificate) + "\n" + Vectors.CertificatePem;
        Assert.Equal(SignedSet.Certificate, Read(SignedSet.Deflate(Encoding.ASCII.GetBytes(pem))));
    }

    [Fact]
    public void Reads_one_that_was_stored_plain()
        => Assert.Equal(SignedSet.Certificate, Read(Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", SignedSet.Certificate))));

    [Fact]
    [Conforms("protocol", 40)]
    public void Refuses_what_is_no_certificate()
    {
        Refused(SignedSet.Deflate([]));
        Refused(SignedSet.Deflate("no PEM"u8.ToArray()));
        Refused(SignedSet.Deflate(Encoding.ASCII.GetBytes(Vectors.MasterKeyPem)));
        Refused(SignedSet.Deflate(Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", [1, 2, 3]))));
        Refused("neither zlib nor PEM"u8.ToArray());
        Refused([]);

        static void Refused(byte[] stored) => Assert.Equal(TrustFailure.BadCertificate, Assert.Throws<CvmfsTrustException>(() => Read(stored)).Failure);
    }

    [Fact]
    public void A_sequence_that_is_no_certificate_and_a_key_that_is_not_RSA_have_the_same_reason()
    {
        var set = new SignedSet();
        set.UseCertificate(Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", [0x30, 0x03, 0x02, 0x01, 0x05])));
        Assert.Equal(TrustFailure.BadCertificate, set.Refusal());

        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=x", ec, HashAlgorithmName.SHA256).CreateSelfSigned(SignedSet.Now, SignedSet.Now.AddDays(1));
        set.UseCertificate(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));
        Assert.Equal(TrustFailure.BadCertificate, set.Refusal());
    }

    [Fact]
    [Conforms("protocol", 57)]
    public void A_small_object_cannot_become_a_large_certificate()
    {
        using var stored = new MemoryStream();
        using (var zlib = new ZLibStream(stored, CompressionLevel.SmallestSize))
        {
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 64; i++) zlib.Write(zeros);
        }

        byte[] bomb = stored.ToArray();
        Assert.InRange(bomb.Length, 1, 100_000);
        Assert.Equal(TrustFailure.BadCertificate, Assert.Throws<CvmfsTrustException>(() => Read(bomb)).Failure);
    }

    [Fact]
    public void Truncated_streams_are_refused()
    {
        byte[] stored = Vectors.CertificateObject;
        for (int length = 0; length < stored.Length; length++) Assert.Throws<CvmfsTrustException>(() => Read(stored[..length]));
    }

    [Fact]
    public void Random_content_is_no_certificate()
        => Properties.Hold<byte[]>(bytes =>
        {
            Assert.Throws<CvmfsTrustException>(() => Read(bytes));
            byte[] framed = Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", bytes));
            Assert.Throws<CvmfsTrustException>(() => PublisherCertificate.Verify(Read(SignedSet.Deflate(framed)), "x"u8, new byte[128]));
        });

    private static byte[] Read(byte[] stored) => PublisherCertificate.Read(ContentHash.Compute(HashAlgorithmId.Sha1, stored), stored);
}
