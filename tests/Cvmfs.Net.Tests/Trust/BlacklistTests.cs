using System.Text;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Tests.Trust;

public sealed class BlacklistTests
{
    private static readonly RepositoryName Name = RepositoryName.Parse("a.example.org");

    [Fact]
    [Conforms("protocol", 38)]
    public void Refuses_certificates_by_fingerprints_of_all_algorithms()
    {
        foreach (var algorithm in Enum.GetValues<HashAlgorithmId>())
        {
            var blacklist = Blacklist.Parse(Encoding.ASCII.GetBytes($"# stolen\n{Fingerprint.Compute(algorithm, "abc"u8)} comment\n"));
            Assert.True(blacklist.Contains("abc"u8));
            Assert.False(blacklist.Contains("abd"u8));
            Assert.Empty(blacklist.UnrecognizedLines);
        }
    }

    [Theory]
    [InlineData("<a.example.org 5", 5)]
    [InlineData("<a.example.org \t  5\n", 5)]
    [InlineData("<a.example.org 5\n<a.example.org 3\n", 5)]
    [InlineData("<a.example.org 18446744073709551615", ulong.MaxValue)]
    [InlineData("<b.example.org 5", 0)]
    [InlineData("<a.example.org 5 ", 0)]
    [InlineData("<a.example.org 5x", 0)]
    [InlineData("<a.example.org -5", 0)]
    [InlineData("<a.example.org", 0)]
    [InlineData("<a.example.org ", 0)]
    [InlineData("< a.example.org 5", 0)]
    [InlineData("<a.example.org5", 0)]
    [InlineData("a.example.org 5", 0)]
    [InlineData(" <a.example.org 5", 0)]
    [InlineData("<A.example.org 5", 0)]
    [Conforms("protocol", 39)]
    public void Refuses_revisions_below_a_number(string text, ulong minimum)
        => Assert.Equal(minimum, Blacklist.Parse(Encoding.ASCII.GetBytes(text)).MinimumRevision(Name));

    [Fact]
    public void Lines_without_effect_are_shown()
        => Assert.Equal(
            ["<a.example.org 5 ", "AA:BB\r"],
            Blacklist.Parse("\n# comment\n<a.example.org 5 \nAA:BB\r\n"u8).UnrecognizedLines);

    [Fact]
    public void Joins()
    {
        string fingerprint = Fingerprint.Compute(HashAlgorithmId.Sha1, "abc"u8).ToString();
        var joined = Blacklist.Parse("<a.example.org 5\nx"u8).Concat(Blacklist.Parse(Encoding.ASCII.GetBytes($"<a.example.org 9\n<b.org 1\n{fingerprint}\ny")));
        Assert.Equal(9ul, joined.MinimumRevision(Name));
        Assert.Equal(1ul, joined.MinimumRevision(RepositoryName.Parse("b.org")));
        Assert.True(joined.Contains("abc"u8));
        Assert.Equal(["x", "y"], joined.UnrecognizedLines);
        Assert.False(Blacklist.Empty.Contains("abc"u8));
    }

    [Fact]
    public void Random_text_is_read_without_complaint()
    {
        Properties.Hold<byte[]>(text => Assert.NotNull(Blacklist.Parse(text)));
        Properties.Hold<byte[]>(text => Assert.NotNull(Blacklist.Parse([(byte)'<', .. text])));
    }
}
