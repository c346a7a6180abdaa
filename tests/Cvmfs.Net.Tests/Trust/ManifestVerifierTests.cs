using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Trust;

public sealed class ManifestVerifierTests
{
    public static TheoryData<string> Repositories => [.. TestData.Names];

    [Fact]
    [Conforms("protocol", 23)]
    [Conforms("protocol", 28)]
    public void Accepts_the_vectors_although_their_certificate_has_expired()
    {
        var verified = Vectors.Verify();

        Assert.Equal("64551dccfbe0a48de7618dd7deb290200b474759", verified.Manifest.RootCatalog.ToString());
        Assert.Equal(42ul, verified.Manifest.Revision);
        Assert.Equal(Vectors.ManifestBytes, verified.Manifest.Bytes.ToArray());
        Assert.Equal(Vectors.WhitelistBytes, verified.WhitelistBytes.ToArray());
        Assert.Equal(Vectors.CertificateObject, verified.CertificateObject.ToArray());
        Assert.Null(verified.Pkcs7Bytes);
        Assert.Equal(Vectors.Now, verified.CheckedAt);
        Assert.Equal(new DateTimeOffset(2099, 12, 31, 23, 59, 59, TimeSpan.Zero), verified.WhitelistExpires);
    }

    [Theory]
    [MemberData(nameof(Repositories))]
    public async Task Accepts_every_repository_of_the_reference(string name)
    {
        using var repository = TestData.Unpack(name);
        var (manifest, certificate, whitelist) = Read(repository);
        var keys = await MasterKeys.LoadAsync(repository.PublicKeyPath);

        var verified = new ManifestVerifier(keys).Verify(RepositoryName.Parse(name), manifest, certificate, whitelist);

        using var expected = X509CertificateLoader.LoadCertificateFromFile(repository.CertificatePath);
        Assert.Equal(expected.RawData, verified.Certificate.ToArray());
        Assert.Equal(Line(manifest, 'C'), verified.Manifest.RootCatalog.ToString());
    }

    [Fact]
    public async Task Refuses_a_repository_with_another_one_s_key()
    {
        using var repository = TestData.Unpack("all.example.org");
        var (manifest, certificate, whitelist) = Read(repository);
        var keys = await MasterKeys.LoadAsync(TestData.PublicKey("plain.example.org"));

        Assert.Equal(
            TrustFailure.BadWhitelistSignature,
            Vectors.Refusal(() => new ManifestVerifier(keys).Verify(RepositoryName.Parse(repository.Name), manifest, certificate, whitelist)));
    }

    [Fact]
    [Conforms("protocol", 28)]
    public void Refuses_exchanged_signatures()
    {
        byte[] manifest = [.. Vectors.ManifestBytes[..^Vectors.SignatureBytes], .. Vectors.WhitelistBytes[^Vectors.SignatureBytes..]];
        byte[] whitelist = [.. Vectors.WhitelistBytes[..^Vectors.SignatureBytes], .. Vectors.ManifestBytes[^Vectors.SignatureBytes..]];

        Assert.Equal(TrustFailure.BadManifestSignature, Vectors.Refusal(() => Vectors.Verify(manifest: manifest)));
        Assert.Equal(TrustFailure.BadWhitelistSignature, Vectors.Refusal(() => Vectors.Verify(whitelist: whitelist)));
    }

    [Fact]
    [Conforms("protocol", 28)]
    public void A_whitelist_is_no_ordinary_signature()
    {
        using var key = RSA.Create();
        key.ImportFromPem(Vectors.MasterKeyPem);

        Assert.False(key.VerifyData(
            Encoding.ASCII.GetBytes(Vectors.WhitelistHashLine), Vectors.WhitelistBytes[^Vectors.SignatureBytes..], HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1));
    }

    [Fact]
    [Conforms("protocol", 18)]
    [Conforms("protocol", 28)]
    [Conforms("protocol", 30)]
    public void Refuses_documents_for_another_repository()
    {
        var other = RepositoryName.Parse("other.example.org");
        Assert.Equal(TrustFailure.ManifestNameMismatch, Vectors.Refusal(() => Vectors.Verify(name: other)));
        Assert.Equal(3, TrustFailure.ManifestNameMismatch.ManifestCode());

        // A manifest of the other repository does not make this repository's whitelist its own.
        var made = new SignedSet { Name = other };
        var verifier = new ManifestVerifier(Vectors.MasterKeys.Concat(MasterKeys.FromKey(SignedSet.Master)), timeProvider: new FakeClock());
        Assert.Equal(
            TrustFailure.WhitelistNameMismatch,
            Vectors.Refusal(() => verifier.Verify(other, made.ManifestBytes, made.CertificateObject, Vectors.WhitelistBytes)));
        Assert.Equal(4, TrustFailure.WhitelistNameMismatch.WhitelistCode());
    }

    [Theory]
    [InlineData("Made.example.org")]
    [InlineData("made.example.org ")]
    [InlineData("made.example.org\r")]
    [InlineData("made.example.org.")]
    [InlineData("")]
    [Conforms("protocol", 18)]
    public void Compares_names_byte_for_byte(string signedName)
    {
        var set = new SignedSet { EditManifest = text => text.Replace("\nNmade.example.org\n", $"\nN{signedName}\n", StringComparison.Ordinal) };
        Assert.Equal(TrustFailure.ManifestNameMismatch, set.Refusal());
    }

    [Fact]
    [Conforms("protocol", 17)]
    public void Refuses_another_root_path()
    {
        var set = new SignedSet { EditManifest = text => text.Replace("Rd41d8cd98f00b204e9800998ecf8427e", "Rd41d8cd98f00b204e9800998ecf8427f", StringComparison.Ordinal) };
        Assert.Equal(TrustFailure.ManifestRootMismatch, set.Refusal());

        set.EditManifest = text => text.Replace("Rd41d8cd98f00b204e9800998ecf8427e", "RD41D8CD98F00B204E9800998ECF8427E", StringComparison.Ordinal);
        Assert.Equal(TrustFailure.ManifestRootMismatch, set.Refusal());
    }

    [Fact]
    [Conforms("protocol", 25)]
    public void Refuses_a_manifest_that_names_no_certificate()
    {
        Assert.Equal(TrustFailure.BadCertificate, new SignedSet { EditManifest = WithoutCertificate }.Refusal());
        Assert.Equal(TrustFailure.BadCertificate, new SignedSet { EditManifest = text => text + "X\n" }.Refusal());
        Assert.Equal(TrustFailure.BadCertificate, new SignedSet { EditManifest = text => text + "X0000000000000000000000000000000000000000\n" }.Refusal());

        static string WithoutCertificate(string text)
            => string.Concat(text.Split('\n').Where(line => line.Length > 0 && line[0] != 'X').Select(line => line + "\n"));
    }

    [Fact]
    [Conforms("protocol", 14)]
    [Conforms("protocol", 40)]
    public void An_incomplete_manifest_has_a_reason_of_its_own()
        => Assert.Equal(TrustFailure.ManifestIncomplete, new SignedSet { EditManifest = text => text.Replace("\nS7\n", "\n", StringComparison.Ordinal) }.Refusal());

    [Fact]
    [Conforms("protocol", 40)]
    public void Refuses_what_was_signed_before_a_known_time()
    {
        Assert.Equal(42ul, Vectors.Verify(minimumTimestamp: 1735689600).Manifest.Revision);
        Assert.Equal(TrustFailure.ManifestOutdated, Vectors.Refusal(() => Vectors.Verify(minimumTimestamp: 1735689601)));
    }

    [Fact]
    [Conforms("protocol", 22)]
    public void Refuses_signatures_that_are_cut_off_or_too_long()
    {
        foreach (int length in new[] { 0, 1, 64, 127 })
        {
            byte[] cut = Vectors.ManifestBytes[..^(Vectors.SignatureBytes - length)];
            Assert.Equal(TrustFailure.BadManifestSignature, Vectors.Refusal(() => Vectors.Verify(manifest: cut)));
        }

        foreach (byte[] tail in new byte[][] { [0], [(byte)'\n'], new byte[128] })
        {
            Assert.Equal(TrustFailure.BadManifestSignature, Vectors.Refusal(() => Vectors.Verify(manifest: [.. Vectors.ManifestBytes, .. tail])));
            Assert.Equal(TrustFailure.BadWhitelistSignature, Vectors.Refusal(() => Vectors.Verify(whitelist: [.. Vectors.WhitelistBytes, .. tail])));
        }
    }

    [Fact]
    [Conforms("protocol", 19)]
    [Conforms("protocol", 28)]
    public void Changed_text_fails_at_the_hash_line_and_a_recomputed_hash_line_at_the_signature()
    {
        Assert.Contains("hash line", Changed(Vectors.ManifestBytes, "S42", "S43", recompute: false, asManifest: true), StringComparison.Ordinal);
        Assert.Contains("signature", Changed(Vectors.ManifestBytes, "S42", "S43", recompute: true, asManifest: true), StringComparison.Ordinal);
        Assert.Contains("hash line", Changed(Vectors.WhitelistBytes, "E2099", "E2098", recompute: false, asManifest: false), StringComparison.Ordinal);
        Assert.Contains("master keys", Changed(Vectors.WhitelistBytes, "E2099", "E2098", recompute: true, asManifest: false), StringComparison.Ordinal);

        static string Changed(byte[] document, string from, string to, bool recompute, bool asManifest)
        {
            var letter = SignedLetter.Split(document);
            byte[] text = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(letter.Text.Span).Replace(from, to, StringComparison.Ordinal));
            byte[] changed = recompute
                ? SignedLetter.Build(text, HashAlgorithmId.Sha1, _ => letter.Signature.ToArray())
                : [.. text, .. document[letter.Text.Length..]];
            var refused = Assert.Throws<CvmfsTrustException>(() => asManifest ? Vectors.Verify(manifest: changed) : Vectors.Verify(whitelist: changed));
            Assert.Equal(asManifest ? TrustFailure.BadManifestSignature : TrustFailure.BadWhitelistSignature, refused.Failure);
            return refused.Message;
        }
    }

    [Theory]
    [InlineData(HashAlgorithmId.Sha1, 40)]
    [InlineData(HashAlgorithmId.RipeMd160, 47)]
    [InlineData(HashAlgorithmId.Shake128, 49)]
    [Conforms("protocol", 7)]
    [Conforms("protocol", 20)]
    [Conforms("protocol", 21)]
    public void Accepts_hash_lines_and_fingerprints_of_every_algorithm(HashAlgorithmId algorithm, int hashLineLength)
    {
        var set = new SignedSet { HashLine = algorithm, Fingerprints = [Fingerprint.Compute(algorithm, SignedSet.Certificate).ToString()] };
        set.UseCertificate(Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", SignedSet.Certificate)), algorithm);

        Assert.Equal(7ul, set.Verify().Manifest.Revision);
        Assert.Equal(HashAlgorithmId.Sha1, set.Verify().Manifest.RootCatalog.Algorithm);
        Assert.Equal(hashLineLength, SignedLetter.Split(set.ManifestBytes).HashLine.Length);
    }

    [Fact]
    [Conforms("protocol", 24)]
    public void Refuses_a_certificate_object_with_another_hash()
    {
        byte[] other = Vectors.CertificateObject;
        other[^1] ^= 1;
        Assert.Equal(TrustFailure.ManifestLoad, Vectors.Refusal(() => Vectors.Verify(certificateObject: other)));
        Assert.Equal(TrustFailure.ManifestLoad, Vectors.Refusal(() => Vectors.Verify(certificateObject: [])));
    }

    [Fact]
    [Conforms("protocol", 38)]
    public void The_blacklist_goes_before_the_whitelist()
    {
        foreach (var algorithm in Enum.GetValues<HashAlgorithmId>())
        {
            string line = Fingerprint.Compute(algorithm, SignedSet.Certificate) + " # stolen";
            var set = new SignedSet { Blacklist = Blacklist.Parse(Encoding.ASCII.GetBytes(line)) };
            Assert.Equal(TrustFailure.CertificateBlacklisted, set.Refusal());

            set.Fingerprints = [];
            Assert.Equal(TrustFailure.CertificateBlacklisted, set.Refusal());
            Assert.Equal((9, 14), (set.Refusal().ManifestCode(), set.Refusal().WhitelistCode()));
        }
    }

    [Fact]
    [Conforms("protocol", 39)]
    public void Refuses_revisions_below_the_blacklist_s()
    {
        Assert.Equal(TrustFailure.RevisionBlacklisted, new SignedSet { Blacklist = Blacklist.Parse("<made.example.org 8\n"u8) }.Refusal());
        Assert.Equal(7ul, new SignedSet { Blacklist = Blacklist.Parse("<made.example.org 7\n<other.example.org 100"u8) }.Verify().Manifest.Revision);
    }

    [Fact]
    [Conforms("protocol", 33)]
    public void Refuses_a_certificate_that_is_not_listed()
    {
        Assert.Equal(TrustFailure.CertificateNotListed, new SignedSet { Fingerprints = [] }.Refusal());
        Assert.Equal(TrustFailure.CertificateNotListed, new SignedSet { Fingerprints = [Vectors.CertificateFingerprint] }.Refusal());

        // The right digest under the wrong algorithm is another fingerprint, and MD5 convinces nobody.
        string sha1 = Fingerprint.Compute(HashAlgorithmId.Sha1, SignedSet.Certificate).ToString();
        Assert.Equal(TrustFailure.CertificateNotListed, new SignedSet { Fingerprints = [sha1 + "-RMD160"] }.Refusal());
        string md5 = Fingerprint.Compute(HashAlgorithmId.Md5, SignedSet.Certificate).ToString();
        Assert.Equal(TrustFailure.CertificateNotListed, new SignedSet { Fingerprints = [md5] }.Refusal());
    }

    [Fact]
    [Conforms("protocol", 37)]
    public void Demands_that_nothing_here_can_meet_are_refusals()
    {
        var set = new SignedSet();
        string own = set.Fingerprints[0];

        set.Fingerprints = ["Wcachain", own];
        Assert.Equal(TrustFailure.CertificateChain, set.Refusal());
        set.Fingerprints = ["Vpkcs7", own];
        Assert.Equal(TrustFailure.Pkcs7Load, set.Refusal());
        set.Pkcs7 = [];
        Assert.Equal(TrustFailure.Pkcs7Empty, set.Refusal());
        set.Pkcs7 = Encoding.ASCII.GetBytes("-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n");
        Assert.Equal(TrustFailure.BadPkcs7, set.Refusal());
    }

    [Fact]
    [Conforms("protocol", 36)]
    public void One_of_several_master_keys_is_enough()
    {
        using var other = RSA.Create(2048);
        using var tooShort = RSA.Create(512);
        var keys = MasterKeys.FromKey(tooShort).Concat(MasterKeys.FromKey(other)).Concat(Vectors.MasterKeys);
        Assert.Equal(42ul, Vectors.Verify(keys: keys).Manifest.Revision);
        Assert.Equal(TrustFailure.BadWhitelistSignature, Vectors.Refusal(() => Vectors.Verify(keys: MasterKeys.FromKey(other))));
        Assert.Contains("No master key", Assert.Throws<CvmfsTrustException>(() => Vectors.Verify(keys: MasterKeys.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Conforms("protocol", 28)]
    public void No_prefix_of_a_document_verifies()
    {
        for (int length = 0; length < Vectors.ManifestBytes.Length; length++)
        {
            Assert.Throws<CvmfsTrustException>(() => Vectors.Verify(manifest: Vectors.ManifestBytes[..length]));
        }

        for (int length = 0; length < Vectors.WhitelistBytes.Length; length++)
        {
            Assert.Throws<CvmfsTrustException>(() => Vectors.Verify(whitelist: Vectors.WhitelistBytes[..length]));
        }

        for (int length = 0; length < Vectors.CertificateObject.Length; length++)
        {
            Assert.Throws<CvmfsTrustException>(() => Vectors.Verify(certificateObject: Vectors.CertificateObject[..length]));
        }
    }

    [Fact]
    [Conforms("protocol", 28)]
    public void No_document_with_a_flipped_bit_verifies()
    {
        FlipEach(Vectors.ManifestBytes, changed => Vectors.Verify(manifest: changed));
        FlipEach(Vectors.CertificateObject, changed => Vectors.Verify(certificateObject: changed));
        var checker = new WhitelistChecker(Vectors.Name, Vectors.Now);
        var keys = Vectors.MasterKeys;
        FlipEach(Vectors.WhitelistBytes, changed => checker.Check(changed, null, keys, CertificateAuthorities.None));

        static void FlipEach(byte[] document, Func<byte[], object> verify)
        {
            for (int bit = 0; bit < 8 * document.Length; bit++)
            {
                document[bit / 8] ^= (byte)(1 << bit % 8);
                Assert.Throws<CvmfsTrustException>(() => verify(document));
                document[bit / 8] ^= (byte)(1 << bit % 8);
            }
        }
    }

    [Fact]
    public void Random_documents_never_verify_and_fail_in_the_one_way()
    {
        var checker = new WhitelistChecker(Vectors.Name, Vectors.Now);
        var keys = Vectors.MasterKeys;
        byte[] whitelist = Vectors.WhitelistBytes;
        Properties.Hold<byte[], byte[]>((head, tail) =>
        {
            Assert.Throws<CvmfsTrustException>(() => ManifestVerifier.CheckStatement(Vectors.Name, head, 0));
            byte[] changed = [.. whitelist[..(head.Length % whitelist.Length)], .. tail];
            Assert.Throws<CvmfsTrustException>(() => checker.Check(changed, null, keys, CertificateAuthorities.None));
        });
    }

    private static (byte[] Manifest, byte[] Certificate, byte[] Whitelist) Read(TestRepository repository)
    {
        byte[] manifest = File.ReadAllBytes(Path.Combine(repository.Path, ".cvmfspublished"));
        string certificate = Line(manifest, 'X');
        return (manifest,
            File.ReadAllBytes(Path.Combine(repository.Path, "data", certificate[..2], certificate[2..] + "X")),
            File.ReadAllBytes(Path.Combine(repository.Path, ".cvmfswhitelist")));
    }

    private static string Line(byte[] manifest, char letter)
        => Encoding.Latin1.GetString(manifest).Split('\n').First(line => line.StartsWith(letter))[1..];
}
