using System.Text;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Documents;

public sealed class BreadcrumbTests
{
    private const string Hash = "64551dccfbe0a48de7618dd7deb290200b474759";

    [Fact]
    [Conforms("protocol", 132)]
    public void Reads_and_writes_the_reference_s_form()
    {
        const string Text = Hash + "T1735689600R42";
        Assert.True(Breadcrumb.TryParse(Encoding.ASCII.GetBytes(Text), out var breadcrumb));
        Assert.Equal(new Breadcrumb(ContentHash.Parse(Hash), 1735689600, 42), breadcrumb);
        Assert.Equal(Text, Encoding.ASCII.GetString(breadcrumb.ToBytes()));
        Assert.Equal("cvmfschecksum.test.example.org", Breadcrumb.FileName(RepositoryName.Parse("test.example.org")));
    }

    [Theory]
    [InlineData(Hash + "T5", 0)]
    [InlineData(Hash + "T5R7\n", 7)]
    [InlineData(Hash + "-rmd160T5R7", 7)]
    [InlineData(Hash + "-shake128T5R18446744073709551614", 18446744073709551614)]
    [Conforms("protocol", 132)]
    public void Reads_the_short_old_form_and_every_algorithm(string text, ulong revision)
    {
        Assert.True(Breadcrumb.TryParse(Encoding.ASCII.GetBytes(text), out var breadcrumb));
        Assert.Equal((5ul, revision), (breadcrumb.PublishedAt, breadcrumb.Revision));
    }

    [Theory]
    [InlineData("")]
    [InlineData(Hash)]
    [InlineData(Hash + "T")]
    [InlineData(Hash + "T0R5")]
    [InlineData(Hash + "T5R")]
    [InlineData(Hash + "T5R18446744073709551615")]
    [InlineData(Hash + "T5R7x")]
    [InlineData(Hash + "CT5R7")]
    [InlineData("0000000000000000000000000000000000000000T5R7")]
    [InlineData("T5R7")]
    [InlineData(Hash + "R7T5")]
    [Conforms("protocol", 132)]
    public void Ignores_others(string text) => Assert.False(Breadcrumb.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void Random_breadcrumbs_are_read_or_ignored()
    {
        Properties.Hold<byte[]>(IsIgnoredOrSound);
        Properties.Hold<byte[]>(bytes => IsIgnoredOrSound([.. Encoding.ASCII.GetBytes(Hash + "T"), .. bytes.Select(value => "0123456789TR\n"u8[value % 13])]));

        static bool IsIgnoredOrSound(byte[] text)
            => !Breadcrumb.TryParse(text, out var breadcrumb) || Breadcrumb.TryParse(breadcrumb.ToBytes(), out var again) && again == breadcrumb;
    }
}
