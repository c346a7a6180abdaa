using System.Security.Cryptography;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Trust;

/// <summary>Flag <c>Vpkcs7</c>: the whitelist that counts is inside a PKCS#7 document.</summary>
public sealed class Pkcs7EnvelopeTests : IDisposable
{
    private const string OwnUri = "cvmfs:made.example.org";

    private static readonly Lazy<RSA> s_signer = new(() => RSA.Create(2048));

    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    [Conforms("protocol", 37)]
    public void Accepts_an_envelope_by_a_signer_for_the_repository()
    {
        var set = Outer();
        set.Pkcs7 = Envelope(Inner());
        var verified = set.Verify();
        Assert.Equal(set.Pkcs7, verified.Pkcs7Bytes!.Value.ToArray());
        Assert.Equal(SignedSet.Now.AddDays(10), verified.WhitelistExpires);
    }

    [Fact]
    [Conforms("protocol", 37)]
    public void The_outer_signature_is_no_substitute()
    {
        // The outer document lists the certificate and is signed by a master key; neither counts under this flag.
        var set = Outer();
        set.Fingerprints.Add(Fingerprint.Compute(HashAlgorithmId.Sha1, SignedSet.Certificate).ToString());
        set.Pkcs7 = Envelope(Inner(fingerprint: Vectors.CertificateFingerprint));
        Assert.Equal(TrustFailure.CertificateNotListed, set.Refusal());
        set.Pkcs7 = null;
        Assert.Equal(TrustFailure.Pkcs7Load, set.Refusal());
    }

    [Fact]
    [Conforms("protocol", 40)]
    public void Every_failure_has_its_reason()
    {
        var set = Outer();
        set.Pkcs7 = Envelope(Inner(), uri: "cvmfs:other.example.org");
        Assert.Equal(TrustFailure.Pkcs7SignerMismatch, set.Refusal());
        set.Pkcs7 = Envelope(Inner(), uri: null);
        Assert.Equal(TrustFailure.Pkcs7SignerMismatch, set.Refusal());
        Assert.Equal((8, 10), (set.Refusal().ManifestCode(), set.Refusal().WhitelistCode()));

        set.Pkcs7 = Envelope("no whitelist"u8.ToArray());
        Assert.Equal(TrustFailure.Pkcs7Whitelist, set.Refusal());
        set.Pkcs7 = Envelope(Inner(name: "other.example.org"));
        Assert.Equal(TrustFailure.Pkcs7Whitelist, set.Refusal());
        set.Pkcs7 = Envelope(Inner(expires: "20260101120000"));
        Assert.Equal(TrustFailure.Pkcs7Whitelist, set.Refusal());

        using var signer = _authority.Issue(s_signer.Value, OwnUri);
        set.Pkcs7 = TestAuthority.Envelope(Inner(), detached: true, signer);
        Assert.Equal(TrustFailure.BadPkcs7, set.Refusal());
    }

    [Fact]
    public void A_signer_needs_a_trusted_chain_and_a_revocation_list()
    {
        using var other = new TestAuthority("CN=Other Authority");
        var set = Outer();
        set.Pkcs7 = Envelope(Inner());

        set.Authorities = null;
        Assert.Equal(TrustFailure.BadPkcs7, set.Refusal());
        set.Authorities = other.Trusted;
        Assert.Equal(TrustFailure.BadPkcs7, set.Refusal());
        set.Authorities = CertificateAuthorities.FromPem(_authority.CertificatePem);
        Assert.Equal(TrustFailure.BadPkcs7, set.Refusal());
        Assert.Equal((8, 11), (set.Refusal().ManifestCode(), set.Refusal().WhitelistCode()));
    }

    [Fact]
    public void One_bad_signer_among_good_ones_spoils_the_envelope()
    {
        using var stranger = new TestAuthority("CN=Stranger");
        using var good = _authority.Issue(s_signer.Value, OwnUri);
        using var bad = stranger.Issue(s_signer.Value, OwnUri);
        var set = Outer();
        set.Pkcs7 = TestAuthority.Envelope(Inner(), detached: false, good, bad);
        Assert.Equal(TrustFailure.BadPkcs7, set.Refusal());
    }

    [Fact]
    public void The_embedded_flags_count_too()
    {
        var set = Outer();
        set.Pkcs7 = Envelope(Inner(flags: "Vpkcs7\nWcachain\n"));
        Assert.Equal(TrustFailure.CertificateChain, set.Refusal());
    }

    [Fact]
    public void Neither_changed_nor_cut_nor_random_envelopes_verify()
    {
        var authorities = _authority.Trusted;
        var name = new SignedSet().Name;
        byte[] pem = Envelope(Inner());
        string text = Encoding.ASCII.GetString(pem);
        byte[] der = Convert.FromBase64String(text[PemEncoding.Find(text).Base64Data]);
        byte[] content = Inner();
        for (int at = 0; at < der.Length; at++)
        {
            der[at] ^= 0x10;
            byte[] changed = Encoding.ASCII.GetBytes(PemEncoding.WriteString("PKCS7", der));
            try
            {
                // Some bytes, such as the version numbers, are not signed. What is inside is, and must come out unchanged.
                Assert.Equal(content, Pkcs7Envelope.Open(changed, name, authorities, SignedSet.Now));
            }
            catch (CvmfsTrustException)
            {
            }

            der[at] ^= 0x10;
        }

        for (int length = 0; length < der.Length; length += 7)
        {
            byte[] cut = Encoding.ASCII.GetBytes(PemEncoding.WriteString("PKCS7", der.AsSpan(0, length)));
            Assert.Throws<CvmfsTrustException>(() => Pkcs7Envelope.Open(cut, name, authorities, SignedSet.Now));
        }

        Properties.Hold<byte[]>(random =>
        {
            byte[] made = Encoding.ASCII.GetBytes(PemEncoding.WriteString("PKCS7", random));
            Assert.Throws<CvmfsTrustException>(() => Pkcs7Envelope.Open(made, name, authorities, SignedSet.Now));
            Assert.Throws<CvmfsTrustException>(() => Pkcs7Envelope.Open(random, name, authorities, SignedSet.Now));
        });
    }

    private SignedSet Outer() => new() { Fingerprints = ["Vpkcs7"], Authorities = _authority.Trusted };

    private byte[] Envelope(byte[] content, string? uri = OwnUri)
    {
        using var certificate = _authority.Issue(s_signer.Value, uri);
        return TestAuthority.Envelope(content, detached: false, certificate);
    }

    private static byte[] Inner(
        string name = "made.example.org", string expires = "20260111120000", string? fingerprint = null, string flags = "Vpkcs7\n")
    {
        fingerprint ??= Fingerprint.Compute(HashAlgorithmId.Sha1, SignedSet.Certificate).ToString();
        return Encoding.ASCII.GetBytes($"20251201000000\nE{expires}\nN{name}\n{flags}{fingerprint}\n");
    }
}
