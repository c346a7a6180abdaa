using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Transport;

public sealed class ProxyListTests
{
    [Fact]
    [Conforms("stratum1", 54)]
    public void Groups_and_members_are_read_and_written()
    {
        var list = ProxyList.Parse(" http://a:3128 | https://b:3129/ ;http://[::1]:80; direct");
        Assert.Equal("http://a:3128|https://b:3129;http://[::1];DIRECT", list.ToString());
        Assert.Equal([2, 1, 1], list.Groups.Select(group => group.Count));
        Assert.Null(list.Groups[2][0]);
    }

    [Theory]
    [InlineData("", "member 1 of group 1 is \"\"")]
    [InlineData("http://a:1;", "member 1 of group 2 is \"\"")]
    [InlineData("http://a:1||http://b:1", "member 2 of group 1 is \"\"")]
    [InlineData("http://a:1|b:1", "member 2 of group 1 is \"b:1\"")]
    [InlineData("socks5://a:1", "socks5://a:1")]
    [InlineData("http://a:1/path", "http://a:1/path")]
    [InlineData("http://name:secret@a:1", "\"…@a:1\"")]
    public void Anything_else_is_refused_with_its_place_and_without_passwords(string text, string expected)
    {
        var refusal = Assert.Throws<CvmfsFormatException>(() => ProxyList.Parse(text));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.0, "http://a,http://b,http://c,DIRECT")]
    [InlineData(0.5, "http://b,http://c,http://a,DIRECT")]
    [InlineData(1.0, "http://c,http://a,http://b,DIRECT")]
    public void A_group_is_asked_from_a_random_member_on_and_groups_in_order(double random, string expected)
        => Assert.Equal(expected, string.Join(',', ProxyList.Parse("http://a|http://b|http://c;DIRECT").InOrder(() => random).Select(ProxyList.NameOf)));

    [Fact]
    [Conforms("stratum1", 54)]
    public async Task What_one_proxy_says_is_absent_is_absent_and_a_broken_one_is_left()
    {
        await using var first = await FakeStratum.StartAsync();
        await using var second = await FakeStratum.StartAsync();
        second.Mount("/cvmfs/x.example.org/", path => ValueTask.FromResult<byte[]?>(path == "there" ? [1] : null));
        await using var source = RepositorySource.Open("http://stratum.invalid/cvmfs/x.example.org", new RepositorySourceOptions
        {
            Proxies = ProxyList.Parse($"{first.BaseUrl}|{second.BaseUrl}"),
            ProxyChoice = () => 0,
        });
        var token = TestContext.Current.CancellationToken;

        Assert.Null(await source.ReadRootFileAsync("absent", cancellationToken: token));
        Assert.Empty(second.Requests);
        first.Fail("there", Fault.Status(502));
        Assert.Equal([1], await source.ReadRootFileAsync("there", cancellationToken: token));
        Assert.Null(await source.ReadRootFileAsync("absent", cancellationToken: token));
        Assert.Equal((2, 2), (first.Requests.Count, second.Requests.Count));
        Assert.Equal("http://stratum.invalid/cvmfs/x.example.org", source.Origin);
        Assert.True(source.TryLeave(source.Origin + "/there"));
        await source.ReadRootFileAsync("absent", cancellationToken: token);
        Assert.Equal(3, first.Requests.Count);
    }
}
