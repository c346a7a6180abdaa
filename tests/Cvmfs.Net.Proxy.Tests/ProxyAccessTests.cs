using System.Net;
using System.Text.RegularExpressions;
using Cvmfs.Net.Testing;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Proxy.Tests;

public sealed class ProxyAccessTests
{
    private const string Path = "/cvmfs/a.example.org/.cvmfspublished";

    [Fact, Conforms("proxy", 102)]
    public async Task Refuses_every_server_that_nobody_allowed()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(options => options.Upstream.AllowedDestinations.Add("other.example.org"));
        using var response = await proxy.Client.GetAsync(upstream.Url + Path[1..]);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("cvmfs-net; error=http_request_denied", response.Headers.GetValues("Proxy-Status").Single());
        Assert.Empty(upstream.Seen);
    }

    [Fact, Conforms("proxy", 102)]
    public async Task Refuses_a_server_name_that_leads_to_a_private_address()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(options => options.Upstream.AllowPrivateDestinations = false);
        using var response = await proxy.Client.GetAsync($"http://localhost:{upstream.Port}{Path}");
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("cvmfs-net; error=destination_ip_prohibited", response.Headers.GetValues("Proxy-Status").Single());
        Assert.Empty(upstream.Seen);
    }

    [Fact, Conforms("proxy", 102)]
    public async Task Refuses_a_client_from_elsewhere()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(options => options.Clients.Allowed.Add("192.0.2.0/24"));
        using var response = await proxy.Client.GetAsync(upstream.Url + Path[1..]);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Empty(upstream.Seen);
    }

    [Theory, Conforms("proxy", 90)]
    [InlineData("/")]
    [InlineData("/index.html")]
    [InlineData("/cvmfs/a.example.org/data/ab/short")]
    [InlineData("/cvmfs/a.example.org/../secret/.cvmfspublished")]
    [InlineData("/cvmfs/a.example.org/.cvmfspublished?a=b")]
    public async Task Refuses_a_url_that_is_not_of_the_field(string path)
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        await using var proxy = await RunningProxy.StartAsync();
        string answer = await proxy.SendRawAsync($"GET http://127.0.0.1:{upstream.Port}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Empty(upstream.Seen);
    }

    [Theory, Conforms("proxy", 75), Conforms("proxy", 76)]
    [InlineData("CONNECT 127.0.0.1:{0} HTTP/1.1\r\nHost: 127.0.0.1:{0}\r\n\r\n", "4..")]
    [InlineData("POST http://127.0.0.1:{0}" + Path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "405")]
    [InlineData("GET http://127.0.0.1:{0}" + Path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "400")]
    [InlineData("GET http://127.0.0.1:{0}" + Path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400")]
    [InlineData("GET http://127.0.0.1:{0}" + Path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", "400")]
    [InlineData("GET http://127.0.0.1:{0}" + Path + " HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n", "400")]
    [InlineData("GET http://127.0.0.1:{0}" + Path + " HTTP/1.1\r\nHost : x\r\n\r\n", "400")]
    [InlineData("GET http://127.0.0.1:{0}" + Path + " HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET http://user@127.0.0.1:{0}" + Path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "400")]
    [InlineData("GET " + Path + " HTTP/1.1\r\nHost: 127.0.0.1:{0}\r\nConnection: close\r\n\r\n", "403")] // no upstream: no reverse proxy
    public async Task Refuses_what_is_ambiguous_or_no_request_for_content(string request, string status)
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        await using var proxy = await RunningProxy.StartAsync();
        string answer = await proxy.SendRawAsync(request.Replace("{0}", $"{upstream.Port}", StringComparison.Ordinal));
        Assert.Matches(new Regex($"^HTTP/1.1 {status} "), answer);
        Assert.Empty(upstream.Seen);
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("everybody")]
    public void Refuses_options_with_an_unreadable_network(string network)
    {
        var options = new ProxyOptions { Storage = { Folders = { "cache" } } };
        options.Clients.Allowed.Add(network);
        var refused = Assert.Throws<OptionsValidationException>(options.ThrowIfInvalid);
        Assert.Contains($"\"{network}\"", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_options_with_a_pattern_that_can_be_made_slow()
    {
        var options = new ProxyOptions { Storage = { Folders = { "cache" } } };
        options.Upstream.AllowedDestinations.Add(@"(a+)\1");
        Assert.Throws<OptionsValidationException>(options.ThrowIfInvalid);
    }
}
