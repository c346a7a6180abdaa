using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Routing;

public sealed class DestinationRuleTests
{
    [Theory, Conforms("proxy", 103)]
    [InlineData("s1.example.org", "s1.example.org", 80, true)]
    [InlineData("s1.example.org", "s1.example.org", 8000, true)]
    [InlineData("s1.example.org", "s1.example.org", 22, false)] // no port of the field
    [InlineData("s1.example.org", "xs1.example.org", 80, false)]
    [InlineData("s1.example.org:81", "s1.example.org", 81, true)]
    [InlineData("s1.example.org:81", "s1.example.org", 80, false)]
    [InlineData("s1.example.org:080", "s1.example.org", 80, true)]
    [InlineData("s1.example.org:080", "s1.example.org", 8000, false)] // a port was written, however
    [InlineData("*.example.org", "a.b.example.org", 80, true)]
    [InlineData("*.example.org", "example.org", 80, false)]
    [InlineData("*.example.org", "evil-example.org", 80, false)]
    [InlineData(@"s[12]\.example\.org:80", "s2.example.org", 80, true)]
    [InlineData(@"s[12]\.example\.org:80", "s2.example.org.evil", 80, false)]
    [InlineData("[2001:db8::1]", "2001:db8::1", 8000, true)]
    public void Matches_only_what_it_names(string rule, string host, int port, bool expected)
        => Assert.Equal(expected, new DestinationRule(rule).Matches(host, port));
}
