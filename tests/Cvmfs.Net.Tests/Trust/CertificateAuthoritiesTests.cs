using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Trust;

/// <summary>Flag <c>Wcachain</c>: the publisher's certificate itself must come from a trusted authority.</summary>
public sealed class CertificateAuthoritiesTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    [Conforms("protocol", 37)]
    public void Accepts_a_chain_that_is_covered_by_a_revocation_list()
    {
        var set = Issued(serial: 1);
        set.Authorities = _authority.Trusted;
        Assert.Equal(7ul, set.Verify().Manifest.Revision);
    }

    [Fact]
    [Conforms("protocol", 37)]
    public void Refuses_a_chain_without_a_revocation_list()
    {
        var set = Issued(serial: 1);
        set.Authorities = CertificateAuthorities.FromPem(_authority.CertificatePem);
        Assert.Equal(TrustFailure.CertificateChain, set.Refusal());
        Assert.Equal((9, 12), (set.Refusal().ManifestCode(), set.Refusal().WhitelistCode()));
    }

    [Fact]
    public void Refuses_a_list_that_is_not_current()
    {
        var set = Issued(serial: 1);
        set.Authorities = CertificateAuthorities.FromPem(_authority.CertificatePem, _authority.RevocationListPem(nextUpdate: SignedSet.Now));
        Assert.Equal(TrustFailure.CertificateChain, set.Refusal());

        string future = _authority.RevocationListPem(thisUpdate: SignedSet.Now.AddHours(1), nextUpdate: SignedSet.Now.AddHours(2));
        set.Authorities = CertificateAuthorities.FromPem(_authority.CertificatePem, future);
        Assert.Equal(TrustFailure.CertificateChain, set.Refusal());
    }

    [Fact]
    public void Refuses_a_revoked_certificate()
    {
        using var revoked = _authority.Issue(SignedSet.Publisher, serial: 200); // a serial whose first bit is set
        using var other = _authority.Issue(SignedSet.Publisher, serial: 3);
        _authority.Revoke(revoked);

        var set = Issued(serial: 200);
        set.Authorities = _authority.Trusted;
        Assert.Equal(TrustFailure.CertificateChain, set.Refusal());

        set = Issued(serial: 3);
        set.Authorities = _authority.Trusted;
        Assert.Equal(7ul, set.Verify().Manifest.Revision);
    }

    [Fact]
    public void Refuses_a_list_by_somebody_else_of_the_same_name()
    {
        using var impostor = new TestAuthority();
        var set = Issued(serial: 1);
        set.Authorities = CertificateAuthorities.FromPem(_authority.CertificatePem, impostor.RevocationListPem());
        Assert.Equal(TrustFailure.CertificateChain, set.Refusal());
    }

    [Fact]
    public void Refuses_a_certificate_of_an_authority_that_is_not_trusted_and_one_that_expired()
    {
        using var other = new TestAuthority("CN=Other Authority");
        var set = Issued(serial: 1);
        set.Authorities = other.Trusted;
        Assert.Equal(TrustFailure.CertificateChain, set.Refusal());

        // A year later certificate and list have both run out; dates count here, unlike in the ordinary case.
        set = Issued(serial: 1);
        set.Authorities = CertificateAuthorities.FromPem(_authority.CertificatePem, _authority.RevocationListPem(nextUpdate: SignedSet.Now.AddYears(2)));
        set.Expires = SignedSet.Now.AddYears(2);
        set.Clock = SignedSet.Now.AddDays(31);
        Assert.Equal(TrustFailure.CertificateChain, set.Refusal());
    }

    [Fact]
    public async Task Loads_a_folder_by_the_names_that_OpenSSL_uses()
    {
        using var folder = new TempFolder();
        folder.Write("0a1b2c3d.0", Encoding.ASCII.GetBytes(_authority.CertificatePem));
        folder.Write("0a1b2c3d.r0", Encoding.ASCII.GetBytes(_authority.RevocationListPem()));
        folder.Write("other.crl", Convert.FromBase64String(Base64(_authority.RevocationListPem())));
        folder.Write("0a1b2c3d.info", "not read"u8);
        folder.Write("0a1b2c3d.signing_policy", "not read"u8);

        var loaded = await CertificateAuthorities.LoadAsync(folder.Path);

        Assert.Equal((1, 2), (loaded.Count, loaded.RevocationListCount));
        var set = Issued(serial: 1);
        set.Authorities = loaded;
        Assert.Equal(7ul, set.Verify().Manifest.Revision);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_named()
    {
        using var folder = new TempFolder();
        string file = folder.Write("broken.r0", "not a list"u8);
        var refused = await Assert.ThrowsAsync<CvmfsFormatException>(() => CertificateAuthorities.LoadAsync(folder.Path));
        Assert.Equal(file, refused.Document);
    }

    [Fact]
    public void Damaged_lists_are_refused_or_cover_nothing()
    {
        byte[] list = Convert.FromBase64String(Base64(_authority.RevocationListPem()));
        using var issuer = X509Certificate2.CreateFromPem(_authority.CertificatePem);
        Assert.True(RevocationList.Parse(list).IsBy(issuer, SignedSet.Now));
        for (int bit = 0; bit < 8 * list.Length; bit++)
        {
            list[bit / 8] ^= (byte)(1 << bit % 8);
            try
            {
                Assert.False(RevocationList.Parse(list).IsBy(issuer, SignedSet.Now));
            }
            catch (CvmfsFormatException)
            {
                // refused as a whole: good as well
            }

            list[bit / 8] ^= (byte)(1 << bit % 8);
        }
    }

    [Fact]
    public void Random_bytes_are_no_list() => Properties.Hold<byte[]>(bytes => Assert.Throws<CvmfsFormatException>(() => RevocationList.Parse(bytes)));

    private SignedSet Issued(byte serial)
    {
        using var certificate = _authority.Issue(SignedSet.Publisher, serial: serial);
        var set = new SignedSet { Fingerprints = ["Wcachain", Fingerprint.Compute(HashAlgorithmId.Sha1, certificate.RawData).ToString()] };
        set.UseCertificate(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));
        return set;
    }

    private static string Base64(string pem) => pem[PemEncoding.Find(pem).Base64Data];
}
