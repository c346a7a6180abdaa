using System.IO.Compression;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Trust;

/// <summary>A set of documents made here, any part of which a test may replace before it is signed or after.</summary>
internal sealed class SignedSet
{
    public static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    // Keys cost a second or so; all tests share them. 1024 bits are enough to test with.
    private static readonly Lazy<RSA> s_master = new(() => RSA.Create(1024));
    private static readonly Lazy<RSA> s_publisher = new(() => RSA.Create(1024));
    private static readonly Lazy<byte[]> s_certificate = new(() => SelfSigned(s_publisher.Value));

    public SignedSet()
    {
        CertificateObject = Deflate(Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", Certificate)));
        Fields = new ManifestFields
        {
            RootCatalog = ContentHash.Compute(HashAlgorithmId.Sha1, "root"u8),
            RootCatalogSize = 4096,
            Revision = 7,
            RepositoryName = Name,
            Certificate = ContentHash.Compute(HashAlgorithmId.Sha1, CertificateObject),
            PublishedAt = 1_700_000_000,
        };
        Fingerprints = [Fingerprint.Compute(HashAlgorithmId.Sha1, Certificate).ToString()];
    }

    public static RSA Master => s_master.Value;

    public static RSA Publisher => s_publisher.Value;

    public static byte[] Certificate => s_certificate.Value;

    public RepositoryName Name { get; init; } = RepositoryName.Parse("made.example.org");

    public ManifestFields Fields { get; set; }

    public byte[] CertificateObject { get; set; }

    public HashAlgorithmId HashLine { get; set; } = HashAlgorithmId.Sha1;

    public DateTimeOffset Expires { get; set; } = Now.AddDays(30);

    /// <summary>Lines between the name and the separator, flags included.</summary>
    public IList<string> Fingerprints { get; set; }

    public byte[]? Pkcs7 { get; set; }

    public Blacklist? Blacklist { get; set; }

    public CertificateAuthorities? Authorities { get; set; }

    public DateTimeOffset Clock { get; set; } = Now;

    /// <summary>Changes the manifest's text before it is signed.</summary>
    public Func<string, string> EditManifest { get; set; } = static text => text;

    public byte[] ManifestBytes => SignedLetter.Build(
        Encoding.Latin1.GetBytes(EditManifest(Encoding.Latin1.GetString((Fields with { RepositoryName = Name }).ToBytes()))), HashLine, SignAsPublisher);

    public byte[] WhitelistText => Encoding.Latin1.GetBytes(
        $"20250101000000\nE{Expires.UtcDateTime:yyyyMMddHHmmss}\nN{Name}\n{string.Concat(Fingerprints.Select(line => line + "\n"))}");

    public byte[] WhitelistBytes => SignedLetter.Build(WhitelistText, HashLine, hashLine => RawRsaSignature.Sign(Master, hashLine));

    public static byte[] SignAsPublisher(byte[] hashLine) => Publisher.SignData(hashLine, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1);

    public VerifiedManifest Verify()
        => new ManifestVerifier(MasterKeys.FromKey(Master), Blacklist, Authorities, new FakeClock(Clock))
            .Verify(Name, ManifestBytes, CertificateObject, WhitelistBytes, Pkcs7);

    public TrustFailure Refusal() => Vectors.Refusal(Verify);

    /// <summary>Puts another certificate object into the manifest.</summary>
    public void UseCertificate(byte[] pem, HashAlgorithmId algorithm = HashAlgorithmId.Sha1)
    {
        CertificateObject = Deflate(pem);
        Fields = Fields with { Certificate = ContentHash.Compute(algorithm, CertificateObject) };
    }

    public static byte[] Deflate(byte[] content)
    {
        using var stored = new MemoryStream();
        using (var zlib = new ZLibStream(stored, CompressionLevel.Optimal)) zlib.Write(content);
        return stored.ToArray();
    }

    private static byte[] SelfSigned(RSA key)
    {
        var request = new CertificateRequest("CN=made.example.org", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(Now.AddYears(-3), Now.AddYears(-2));
        return certificate.RawData;
    }
}
