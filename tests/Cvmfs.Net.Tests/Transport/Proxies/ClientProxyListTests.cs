using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport.Proxies;

namespace Cvmfs.Net.Tests.Transport.Proxies;

public sealed class ClientProxyListTests
{
    [Theory]
    [Conforms("proxy", 18)]
    [InlineData("a:3128", "http://a:3128")]
    [InlineData(" a:3128 | HTTPS://b:3129/ ; http://[::1]:80;DIRECT", "http://a:3128|HTTPS://b:3129;http://[::1]:80;DIRECT")]
    [InlineData("a; b", "http://a;http://b")]
    [InlineData("a|DIRECT", "http://a|DIRECT")]
    [InlineData("[fd00::1]:3128", "http://[fd00::1]:3128")]
    [InlineData("", "")]
    public void Groups_members_and_missing_schemes_are_read(string text, string expected) => Assert.Equal(expected, ClientProxyList.Parse(text).ToString());

    [Theory]
    [Conforms("proxy", 20)]
    [InlineData("A|DIRECT;C|D;E|F;DIRECT", "A;C|D;E|F", true)]
    [InlineData(";||;;;|||", "", true)]
    [InlineData("A|B", "A|B", false)]
    [InlineData("", "", false)]
    [InlineData("DIRECT", "", true)]
    [InlineData("direct", "direct", false)] // the word is exact
    public void Direct_and_nothing_are_taken_out(string text, string expected, bool hadDirect)
    {
        Assert.Equal(expected, ClientProxyList.WithoutDirect(text, out bool had));
        Assert.Equal(hadDirect, had);
    }

    [Theory]
    [Conforms("proxy", 19)]
    [InlineData("a;DIRECT", "", "http://a;DIRECT", 2)]
    [InlineData("a;DIRECT", "DIRECT", "http://a;DIRECT", 2)]
    [InlineData("a;DIRECT", "b|DIRECT", "http://a;http://b", 1)]
    [InlineData("DIRECT", "b;c", "http://b;http://c", 0)]
    [InlineData("a|b;c", "d", "http://a|http://b;http://c;http://d", 2)]
    public void A_fallback_takes_direct_out_of_both(string proxies, string fallback, string expected, int fallbackStart)
    {
        var list = ClientProxyList.Parse(proxies, fallback);
        Assert.Equal(expected, list.ToString());
        Assert.Equal(fallbackStart, list.FallbackStart);
    }

    [Theory]
    [InlineData("http://a/path", "http://a/path")]
    [InlineData("http://", "http://")]
    [InlineData("name:secret@a b", "…@a b")]
    public void What_is_no_proxy_is_refused_without_its_password(string text, string expected)
    {
        var refusal = Assert.Throws<CvmfsFormatException>(() => ClientProxyList.Parse(text));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "member 1 of group 1 is \"\"")]
    [InlineData("http://a:1;", "member 1 of group 2 is \"\"")]
    [InlineData("http://a:1| |http://b:1", "member 2 of group 1 is \"\"")]
    [InlineData("socks5://a:1", "socks5://a:1")]
    [InlineData("http://a:1/path", "http://a:1/path")]
    [InlineData("http://name:secret@a:1/path", "\"…@a:1/path\"")]
    public void What_somebody_mistyped_is_refused_with_its_place_and_without_passwords(string text, string expected)
    {
        Assert.False(ClientProxyList.TryParse(text, out var list, out string? error));
        Assert.Null(list);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_somebody_typed_right_is_read()
    {
        Assert.True(ClientProxyList.TryParse("a:3128|b:3128;DIRECT", out var list, out _));
        Assert.Equal("http://a:3128|http://b:3128;DIRECT", list.ToString());
    }
}
