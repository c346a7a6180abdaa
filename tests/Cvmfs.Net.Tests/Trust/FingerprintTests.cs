using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Trust;

public sealed class FingerprintTests
{
    private const string Sha1OfAbc = "A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D";
    private const string RipeMdOfAbc = "8E:B2:08:F7:E0:5D:98:7A:9B:04:4A:8E:98:C6:B0:87:F1:5A:0B:FC-RMD160";
    private const string ShakeOfAbc = "58:81:09:2D:D8:18:BF:5C:F8:A3:DD:B7:93:FB:CB:A7:40:97:D5:C5-SHAKE128";
    private const string Md5OfAbc = "90:01:50:98:3C:D2:4F:B0:D6:96:3F:7D:28:E1:7F:72";

    [Theory]
    [InlineData(HashAlgorithmId.Sha1, Sha1OfAbc)]
    [InlineData(HashAlgorithmId.RipeMd160, RipeMdOfAbc)]
    [InlineData(HashAlgorithmId.Shake128, ShakeOfAbc)]
    [InlineData(HashAlgorithmId.Md5, Md5OfAbc)]
    [Conforms("protocol", 33)]
    public void Prints_and_reads_every_algorithm(HashAlgorithmId algorithm, string text)
    {
        var computed = Fingerprint.Compute(algorithm, "abc"u8);
        Assert.Equal(text, computed.ToString());
        Assert.Equal(computed, Fingerprint.Parse(text));
        Assert.Equal(computed.GetHashCode(), Fingerprint.Parse(text).GetHashCode());
        Assert.Equal(algorithm, Fingerprint.Parse(text).Algorithm);
        Assert.True(Fingerprint.Parse(text).Matches("abc"u8));
        Assert.False(Fingerprint.Parse(text).Matches("abd"u8));
    }

    [Theory]
    [InlineData(Sha1OfAbc + " # publisher 2024")]
    [InlineData(Sha1OfAbc + "\tcomment")]
    [InlineData(Sha1OfAbc + "#comment")]
    [InlineData("a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData("A9993E364706816ABA3E25717850C26C9CD0D89D")]
    [InlineData("a9:99:3e:36:47:06:81:6a:ba:3e:25:71:78:50:c2:6c:9c:d0:d8:9d")]
    [InlineData("::A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D:")]
    [Conforms("protocol", 32)]
    public void Reads_digits_with_or_without_colons_in_either_case_up_to_a_comment(string line)
        => Assert.Equal(Fingerprint.Compute(HashAlgorithmId.Sha1, "abc"u8), Fingerprint.Parse(line));

    [Theory]
    [InlineData("")]
    [InlineData("# comment")]
    [InlineData(" " + Sha1OfAbc)]
    [InlineData(Sha1OfAbc + "\r")]
    [InlineData(Sha1OfAbc + ":00")]
    [InlineData("A9:99:3E")]
    [InlineData(Sha1OfAbc + "-SHA256")]
    [InlineData(Sha1OfAbc + "-rmd16O")]
    [InlineData("G9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D")]
    [InlineData("00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00")]
    [InlineData(Md5OfAbc + "-RMD160")]
    [Conforms("protocol", 32)]
    public void Other_lines_are_no_fingerprints(string line)
    {
        Assert.False(Fingerprint.TryParse(Encoding.ASCII.GetBytes(line), out _));
        Assert.Throws<CvmfsFormatException>(() => Fingerprint.Parse(line));
    }

    [Fact]
    [Conforms("protocol", 5)]
    public void The_algorithm_is_part_of_a_fingerprint()
        => Assert.NotEqual(Fingerprint.Parse(Sha1OfAbc), Fingerprint.Parse(Sha1OfAbc + "-RMD160"));

    [Fact]
    public void Random_lines_are_read_or_refused_and_what_is_read_prints_and_reads_again()
    {
        Properties.Hold<byte[]>(Roundtrip);
        Properties.Hold<byte[], int>((bytes, shape) => Roundtrip(
            Encoding.ASCII.GetBytes(Convert.ToHexString(bytes)[..Math.Min(2 * bytes.Length, 40)] + new[] { "", "-rmd160", "-SHAKE128", " x" }[shape & 3])));

        static void Roundtrip(byte[] line)
        {
            if (Fingerprint.TryParse(line, out var fingerprint)) Assert.Equal(fingerprint, Fingerprint.Parse(fingerprint.ToString()));
        }
    }
}
