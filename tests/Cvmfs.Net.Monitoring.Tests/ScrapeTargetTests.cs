using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests;

public sealed class ScrapeTargetTests
{
    [Theory, Conforms("monitoring", 26)]
    [InlineData("h:8000", "http://h:8000/", "h:8000")]
    [InlineData("[2001:db8::1]:80", "http://[2001:db8::1]/", "[2001:db8::1]")]
    [InlineData("xn--bcher-kva.example", "http://xn--bcher-kva.example/", "xn--bcher-kva.example")]
    [InlineData("https://s1.example.org/prefix/", "https://s1.example.org/prefix", "s1.example.org")]
    [InlineData("192.0.2.7", "http://192.0.2.7/", "192.0.2.7")]
    public void Reads_a_server(string text, string url, string name)
    {
        var target = ScrapeTarget.Parse(text);
        Assert.Equal((url, name), (target.BaseUrl.AbsoluteUri, target.Name));
    }

    [Theory, Conforms("monitoring", 26)]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("-a")]
    [InlineData("a-")]
    [InlineData("a_b")]
    [InlineData("user@host")]
    [InlineData("http://user:secret@host/")]
    [InlineData("http://host/?a=b")]
    [InlineData("http://host/#a")]
    [InlineData("host:0")]
    [InlineData("host:70000")]
    [InlineData("ftp://host")]
    public void Refuses_what_is_no_server(string text) => Assert.False(ScrapeTarget.TryParse(text, out _));
}
