using System.Text.RegularExpressions;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Security;

/// <summary>Who may ask, and where a request may lead.</summary>
public abstract class DestinationTests(bool throughPipeline)
{
    private static readonly string[] Inside =
    [
        "127.0.0.1", "localhost", "LOCALHOST.", "127.1", "0x7f.0.0.1", "2130706433", "0", "0.0.0.0", "[::1]",
        "[::]", "[::ffff:127.0.0.1]", "[::ffff:a00:1]", "[fe80::1]", "[fc00::1]", "[ff02::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
        "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "224.0.0.1", "255.255.255.255",
    ];

    private const string Path = "/cvmfs/a.example.org/.cvmfspublished";

    [Fact, Conforms("proxy", 102)]
    public async Task S14_no_name_leads_inside()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(options =>
        {
            options.Upstream.AllowPrivateDestinations = false;
            options.Upstream.AllowedDestinations.Add(".*"); // the operator trusts every name; addresses are checked nevertheless
        });
        foreach (string host in Inside)
        {
            string answer = await proxy.SendRawAsync($"GET http://{host}:{upstream.Port}{Path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", throughPipeline: throughPipeline)
                .WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
            Assert.True(Regex.IsMatch(answer, "^HTTP/1.1 (403|400) "), $"{host}: {answer}"); // some of them are no names for the web server
        }

        Assert.Empty(upstream.Seen);
    }

    [Theory, Conforms("proxy", 102), Conforms("proxy", 103)]
    [InlineData("s1.example.org", "s2.example.org", 80)]
    [InlineData("s1.example.org", "s1.example.org.evil.example", 80)]
    [InlineData("s1.example.org", "s1.example.org", 22)]
    [InlineData("s1.example.org", "s1.example.org", 25)]
    [InlineData("s1.example.org", "s1.example.org", 3128)]
    [InlineData("*.example.org", "example.org", 80)]
    public async Task S14_S15_a_server_or_port_that_nobody_allowed_is_refused(string rule, string host, int port)
    {
        await using var proxy = await RunningProxy.StartAsync(options => options.Upstream.AllowedDestinations.Add(rule));
        string answer = await proxy.SendRawAsync($"GET http://{host}:{port}{Path} HTTP/1.1\r\nHost: s1.example.org\r\nConnection: close\r\n\r\n", throughPipeline: throughPipeline);
        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nProxy-Status: cvmfs-net; error=http_request_denied\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nCache-Control: no-store\r\n", answer, StringComparison.Ordinal);
    }

    [Fact, Conforms("proxy", 102)]
    public async Task S16_a_client_from_elsewhere_is_told_no_more_than_no()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(options => options.Clients.Allowed.Add("192.0.2.0/24"));
        string answer = await proxy.SendRawAsync($"GET http://127.0.0.1:{upstream.Port}{Path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n", throughPipeline: throughPipeline);
        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2", answer, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?im)^Server:", answer);
        Assert.Empty(upstream.Seen);
    }

    [Fact, Conforms("proxy", 90)]
    public async Task A_path_of_nobody_is_refused_at_a_server_that_is_allowed_for_the_rest()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        await using var proxy = await RunningProxy.StartAsync();
        foreach (string path in new[] { "/", "/index.html", "/cvmfs/a.example.org/.cvmfspublished?x", "/cvmfs/a.example.org/data/ab/..%2f..%2fetc" })
        {
            string answer = await proxy.SendRawAsync($"GET http://127.0.0.1:{upstream.Port}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", throughPipeline: throughPipeline);
            Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        }

        Assert.Empty(upstream.Seen);
    }

    [Fact, Conforms("proxy", 102)]
    public async Task Nothing_is_forwarded_by_a_proxy_that_nobody_configured()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(static options => options.Upstream.AllowedDestinations.Add("nowhere.example"));
        string forward = await proxy.SendRawAsync($"GET http://127.0.0.1:{upstream.Port}{Path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", throughPipeline: throughPipeline);
        string reverse = await proxy.SendRawAsync($"GET {Path} HTTP/1.1\r\nHost: 127.0.0.1:{upstream.Port}\r\nConnection: close\r\n\r\n", throughPipeline: throughPipeline);
        Assert.StartsWith("HTTP/1.1 403 ", forward, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403 ", reverse, StringComparison.Ordinal);
        Assert.Empty(upstream.Seen);
    }

    public sealed class OnEventLoops() : DestinationTests(throughPipeline: false);

    public sealed class ThroughTheWebServer() : DestinationTests(throughPipeline: true);
}
