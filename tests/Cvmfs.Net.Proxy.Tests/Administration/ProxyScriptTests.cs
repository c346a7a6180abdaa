using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Cvmfs.Net.Proxy.Administration;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Administration;

public sealed partial class ProxyScriptTests
{
    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "; DIRECT")]
    [Conforms("proxy", 109)]
    public void Each_client_is_told_all_proxies_and_begins_at_its_own(bool allowDirect, string end)
    {
        var options = new ProxyScriptOptions { Proxies = { "a.example.org:3128", "b.example.org:3128", "[2001:db8::1]:3128" }, AllowDirect = allowDirect };
        Assert.Empty(options.Validate());
        var beginnings = new Dictionary<string, int>();
        for (int i = 0; i < 300; i++)
        {
            string list = Run(Encoding.ASCII.GetString(ProxyScript.For(new IPAddress([10, 1, (byte)(i / 250), (byte)(i % 250)]), options)));
            string first = list.Split("; ")[0];
            beginnings[first] = beginnings.GetValueOrDefault(first) + 1;
            Assert.Equal(["PROXY [2001:db8::1]:3128", "PROXY a.example.org:3128", "PROXY b.example.org:3128"], list.Split("; ").Where(entry => entry != "DIRECT").Order(StringComparer.Ordinal));
            Assert.EndsWith("3128" + end, list, StringComparison.Ordinal);
        }

        Assert.Equal(3, beginnings.Count);
        Assert.All(beginnings.Values, count => Assert.InRange(count, 60, 140));
    }

    [Fact]
    public void One_address_is_always_told_the_same()
    {
        var options = new ProxyScriptOptions { Proxies = { "a:1", "b:2" } };
        Assert.Equal(ProxyScript.For(IPAddress.Parse("10.0.0.1"), options), ProxyScript.For(IPAddress.Parse("::ffff:10.0.0.1"), options));
    }

    [Theory]
    [InlineData("proxy.example.org")]
    [InlineData("a:1\"; alert(1)")]
    [InlineData("http://a:1")]
    [InlineData("")]
    public void Refuses_what_is_no_proxy(string proxy) => Assert.Single(new ProxyScriptOptions { Proxies = { proxy } }.Validate());

    /// <summary>What the script's one function returns: it has to be one return of one constant.</summary>
    private static string Run(string script)
    {
        var match = Function().Match(script);
        Assert.True(match.Success, script);
        return match.Groups[1].Value;
    }

    [GeneratedRegex("""^function FindProxyForURL\(url, host\) \{\n    return "([^"\\\n]*)";\n\}\n$""")]
    private static partial Regex Function();
}
