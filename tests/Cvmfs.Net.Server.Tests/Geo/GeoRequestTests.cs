using Cvmfs.Net.Server.Geo;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Server.Tests.Geo;

public sealed class GeoRequestTests
{
    [Theory]
    [InlineData("v1.0/geo/proxy.example.org/a,b,c", "proxy.example.org", "a|b|c", -1)]
    [InlineData("v7/geo/x/a", "x", "a", -1)]
    [InlineData("v/geo//a,,b", "", "a||b", -1)]
    [InlineData("v1.0/geo/x/", "x", "", -1)]
    [InlineData("v1.0/geo/x/a,b,+PXYSEP+,p,q", "x", "a|b|+PXYSEP+|p|q", 2)]
    [InlineData("v1.0/geo/x/a%2Cb,%2BPXYSEP%2b,p", "x", "a|b|+PXYSEP+|p", 2)]
    [InlineData("v1.0/geo/%70roxy/a", "proxy", "a", -1)]
    [InlineData("v1.0/geo/x/+PXYSEP+", "x", "+PXYSEP+", 0)]
    [InlineData("v1.0/geo/x/a/b,c", "x", "a/b|c", -1)]
    [InlineData("v1.0/geo/_namelookups_", "_namelookups_", "", -1)]
    public void Takes_requests_apart(string rest, string cachingString, string servers, int separator)
    {
        Assert.True(GeoRequest.TryParse(rest, 100, out var request, out _));
        Assert.Equal((cachingString, servers, separator), (request!.CachingString, string.Join('|', request.Servers), request.Separator));
    }

    [Theory]
    [Conforms("protocol", 121)]
    [InlineData("", "malformed api URL: ")]
    [InlineData("v1.0", "malformed api URL: v1.0")]
    [InlineData("v1.0/geo", "malformed api URL: v1.0/geo")]
    [InlineData("1.0/geo/x/a", "malformed api URL: 1.0/geo/x/a")]
    [InlineData("v1.0/geo/x%2Fa/b", "malformed api URL: v1.0/geo/x%2Fa/b")]
    [InlineData("v1.0/geo/x%0d%0aSet-Cookie:x/b", "malformed api URL: v1.0/geo/x%0d%0aSet-Cookie:x/b")]
    [InlineData("v1.0/geo/x%2/b%", "malformed api URL: v1.0/geo/x%2/b%")]
    [InlineData("x<script>alert('1')</script>", "malformed api URL: x?script?alert??1???/script?")]
    [InlineData("v1.0/hint/x", "unrecognized api function")]
    [InlineData("v1.0//x/y", "unrecognized api function")]
    [InlineData("v1.0/geo/x", "no slash in geo path")]
    [InlineData("v1.0/geo/x/1,2,3,4,5,6", "more than 5 servers")]
    public void Says_what_is_wrong_with_others(string rest, string reason)
    {
        Assert.False(GeoRequest.TryParse(rest, 5, out _, out string said));
        Assert.Equal(reason, said);
    }

    [Fact]
    public void Takes_any_text_without_an_exception()
        => Properties.Hold((string text) => GeoRequest.TryParse("v1.0/geo/" + text, 5, out _, out string reason) || (reason.Length < 250 && reason.All(char.IsAscii)));

    [Theory]
    [InlineData("s1.example.org", true)]
    [InlineData("2001:db8::1", true)]
    [InlineData("", false)]
    [InlineData("a_b", false)]
    [InlineData("a b", false)]
    [InlineData("+PXYSEP+", false)]
    [InlineData("bücher", false)]
    public void Knows_names_that_may_be_looked_up(string name, bool isUsable)
    {
        Assert.Equal(isUsable, GeoRequest.IsUsable(name));
        Assert.True(GeoRequest.IsUsable(new string('a', 256)));
        Assert.False(GeoRequest.IsUsable(new string('a', 257)));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("10.0.0.1, 192.0.2.1", "192.0.2.1")]
    [InlineData("10.0.0.1,192.0.2.1", "192.0.2.1")]
    [InlineData("10.0.0.1, unknown", "unknown")]
    [InlineData("a,b c,d", "c,d")]
    [InlineData("10.0.0.1, ", "")]
    [InlineData(" ", null)]
    [InlineData(null, null)]
    public void The_last_forwarded_address_counts(string? header, string? last)
        => Assert.Equal(last, new GeoClient(null, header, null).LastForwarded);

    [Theory]
    [InlineData("192.0.2.1", true)]
    [InlineData("2001:db8::1", true)]
    [InlineData("1", false)]
    [InlineData("192.0.2", false)]
    [InlineData("0xC0000201", false)]
    [InlineData("s1.example.org", false)]
    public void Tells_addresses_from_names(string name, bool isAddress) => Assert.Equal(isAddress, HostAddresses.TryParse(name, out _));
}
