using System.Globalization;
using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Trust;

public sealed class WhitelistTests
{
    private const string Head = "20240101000000\nE20300101123456\nNtest.example.org\n";

    [Fact]
    [Conforms("protocol", 29)]
    public void Reads_the_vector()
    {
        var whitelist = Whitelist.Parse(Vectors.WhitelistBytes);
        Assert.Equal(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero), whitelist.CreatedAt);
        Assert.Equal(new DateTimeOffset(2099, 12, 31, 23, 59, 59, TimeSpan.Zero), whitelist.ExpiresAt);
        Assert.Equal("test.example.org", whitelist.RepositoryName);
        Assert.False(whitelist.IsPkcs7 || whitelist.DemandsCaChain);
        Assert.Equal([Fingerprint.Parse(Vectors.CertificateFingerprint)], whitelist.Fingerprints);
        Assert.Equal(Vectors.WhitelistBytes, whitelist.Bytes.ToArray());
    }

    [Theory]
    [InlineData("2024010100000\nE20300101123456\nNa\n", "short creation time")]
    [InlineData("202401010000000\nE20300101123456\nNa\n", "long creation time")]
    [InlineData("20240101000000\r\nE20300101123456\nNa\n", "carriage return")]
    [InlineData("20240101000000\nE2030010112345\nNa\n", "short expiry")]
    [InlineData("20240101000000\nE203001011234567\nNa\n", "long expiry")]
    [InlineData("20240101000000\nX20300101123456\nNa\n", "expiry without E")]
    [InlineData("20240101000000\nE2030010112345x\nNa\n", "letter in the expiry")]
    [InlineData("20240101000000\nE2030 1 1 2 4 6\nNa\n", "blanks in the expiry")]
    [InlineData("20240101000000\nE20301301123456\nNa\n", "month 13")]
    [InlineData("20240101000000\nE20300231123456\nNa\n", "31 February")]
    [InlineData("20240101000000\nE20300101243456\nNa\n", "hour 24")]
    [InlineData("20240101000000\nE00000101123456\nNa\n", "year 0")]
    [InlineData("20240101000000\nE20300101123456\na\n", "name without N")]
    [InlineData("20240101000000\nE20300101123456\n", "no name")]
    [InlineData("20240101000000\n", "no expiry")]
    [InlineData("", "empty")]
    [InlineData("E20300101123456\n20240101000000\nNa\n", "lines exchanged")]
    [Conforms("protocol", 29)]
    public void Refuses_other_first_lines(string text, string what)
        => Assert.Equal(what, Assert.Throws<CvmfsFormatException>(() => Whitelist.Parse(Encoding.ASCII.GetBytes(text), what)).Document);

    [Fact]
    public void The_creation_time_is_not_looked_at()
        => Assert.Null(Whitelist.Parse(Encoding.ASCII.GetBytes(Head.Replace("20240101000000", "some day before", StringComparison.Ordinal)[1..])).CreatedAt);

    [Theory]
    [InlineData("2030-01-01T11:59:59", false)]
    [InlineData("2030-01-01T12:00:00", true)]
    [InlineData("2030-01-01T12:34:55", true)]
    [InlineData("2031-01-01T00:00:00", true)]
    [InlineData("2029-12-31T23:59:59", false)]
    [Conforms("protocol", 31)]
    public void Expires_at_the_full_hour(string now, bool expected)
    {
        var instant = DateTimeOffset.Parse(now + "Z", CultureInfo.InvariantCulture);
        var whitelist = Whitelist.Parse(Encoding.ASCII.GetBytes(Head));
        Assert.Equal(expected, whitelist.IsExpiredAt(instant));
        Assert.Equal(expected, whitelist.IsExpiredAt(instant.ToOffset(TimeSpan.FromHours(-9))));
    }

    [Fact]
    [Conforms("protocol", 31)]
    [Conforms("protocol", 40)]
    public void The_verifier_goes_by_its_clock_and_expiry_comes_before_the_signature()
    {
        var lastHour = new DateTimeOffset(2099, 12, 31, 22, 59, 59, TimeSpan.Zero);
        Assert.Equal(42ul, Vectors.Verify(now: lastHour).Manifest.Revision);
        Assert.Equal(TrustFailure.WhitelistExpired, Vectors.Refusal(() => Vectors.Verify(now: lastHour.AddSeconds(1))));
        Assert.Equal((8, 5), (TrustFailure.WhitelistExpired.ManifestCode(), TrustFailure.WhitelistExpired.WhitelistCode()));

        byte[] badSignature = Vectors.WhitelistBytes;
        badSignature[^1] ^= 1;
        Assert.Equal(TrustFailure.WhitelistExpired, Vectors.Refusal(() => Vectors.Verify(whitelist: badSignature, now: lastHour.AddSeconds(1))));
    }

    [Theory]
    [InlineData("", false, false)]
    [InlineData("Vpkcs7\n", true, false)]
    [InlineData("Wcachain\n", false, true)]
    [InlineData("Vpkcs7\nWcachain\n", true, true)]
    [InlineData("Wcachain\nVpkcs7\n", false, true)]
    [InlineData("\nVpkcs7\nWcachain\n", false, false)]
    [InlineData("# x\nWcachain\n", false, false)]
    [InlineData("Vpkcs7 \n", false, false)]
    [InlineData("vpkcs7\n", false, false)]
    [Conforms("protocol", 29)]
    public void Flags_have_their_places(string lines, bool isPkcs7, bool demandsCaChain)
    {
        var whitelist = Whitelist.Parse(Encoding.ASCII.GetBytes(Head + lines + Vectors.CertificateFingerprint + "\n--\n"));
        Assert.Equal((isPkcs7, demandsCaChain), (whitelist.IsPkcs7, whitelist.DemandsCaChain));
        Assert.Single(whitelist.Fingerprints);
    }

    [Fact]
    [Conforms("protocol", 32)]
    public void Reads_fingerprints_between_other_lines_up_to_the_separator()
    {
        string other = Fingerprint.Compute(HashAlgorithmId.Shake128, "x"u8).ToString();
        string md5 = Fingerprint.Compute(HashAlgorithmId.Md5, "x"u8).ToString();
        var whitelist = Whitelist.Parse(Encoding.ASCII.GetBytes(
            $"{Head}# a comment\n{Vectors.CertificateFingerprint}# 1\n\njunk\n{md5}\n{other}\tthe other\n--\n{Fingerprint.Compute(HashAlgorithmId.Sha1, "y"u8)}\n"));
        Assert.Equal([Vectors.CertificateFingerprint, other], whitelist.Fingerprints.Select(fingerprint => fingerprint.ToString()));
    }

    [Fact]
    public void Has_a_longest_document()
    {
        Assert.Throws<CvmfsFormatException>(() => Whitelist.Parse(new byte[Whitelist.MaxBytes + 1]));
        byte[] longest = Encoding.ASCII.GetBytes(Head + new string('\n', Whitelist.MaxBytes - Head.Length));
        Assert.Empty(Whitelist.Parse(longest).Fingerprints);
    }

    [Fact]
    public void Writes_what_the_tools_write()
    {
        var created = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        byte[] text = WhitelistWriter.Text(Vectors.Name, created, created.AddDays(30), [Fingerprint.Parse(Vectors.CertificateFingerprint)]);
        Assert.Equal($"20240101000000\nE20240131000000\nNtest.example.org\n{Vectors.CertificateFingerprint}\n", Encoding.ASCII.GetString(text));
    }

    [Theory]
    [InlineData(HashAlgorithmId.Sha1)]
    [InlineData(HashAlgorithmId.RipeMd160)]
    [InlineData(HashAlgorithmId.Shake128)]
    public void What_is_written_verifies(HashAlgorithmId algorithm)
    {
        var set = new SignedSet();
        byte[] whitelist = WhitelistWriter.Write(
            set.Name, SignedSet.Now, SignedSet.Now.AddDays(7), [Fingerprint.Compute(algorithm, SignedSet.Certificate)], SignedSet.Master, algorithm);
        var verified = new ManifestVerifier(MasterKeys.FromKey(SignedSet.Master), timeProvider: new FakeClock(SignedSet.Now))
            .Verify(set.Name, set.ManifestBytes, set.CertificateObject, whitelist);
        Assert.Equal(SignedSet.Now.AddDays(7), verified.WhitelistExpires);
    }

    [Fact]
    public void Every_prefix_and_random_documents_parse_or_are_refused()
    {
        byte[] document = Vectors.WhitelistBytes;
        for (int length = 0; length < document.Length; length++) ParseOrRefuse(document[..length]);
        Properties.Hold<byte[]>(ParseOrRefuse);
        Properties.Hold<byte[]>(tail => ParseOrRefuse([.. Encoding.ASCII.GetBytes(Head), .. tail]));
        Properties.Hold<int, byte>((at, value) =>
        {
            byte[] changed = [.. document];
            changed[(int)((uint)at % (uint)changed.Length)] = value;
            ParseOrRefuse(changed);
        });
    }

    private static void ParseOrRefuse(byte[] document)
    {
        try
        {
            Assert.NotEqual(default, Whitelist.Parse(document).ExpiresAt);
        }
        catch (CvmfsFormatException)
        {
        }
    }
}
