using System.Net;
using System.Text.Json;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Administration;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Administration;

public sealed class ProxyAdministrationTests
{
    [Fact]
    [Conforms("proxy", 103)]
    public async Task What_operators_ask_is_answered_on_their_own_listener_only()
    {
        await using var proxy = await StartAsync();
        await using var administration = await ProxyAdministration.StartAsync(proxy.Proxy);
        using var client = new HttpClient { BaseAddress = new Uri(administration!.Urls.Single()) };
        foreach (string path in new[] { "/metrics", "/status", "/", "/healthz" })
        {
            using var answer = await client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains("HTTP/1.1 403", await proxy.SendRawAsync($"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
        }

        Assert.Contains("HTTP/1.1 405", await proxy.SendRawAsync("PURGE /data/ab/cdef HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
        Assert.Contains("cvmfs_cacheproxy_rejected_total{reason=\"destination\"} 4\n", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_status_tells_requests_tiers_servers_and_repositories()
    {
        await using var upstream = await ScriptedUpstream.StartAsync();
        byte[] content = [1, 2, 3];
        upstream.Serve(content);
        await using var proxy = await StartAsync();
        await using var administration = await ProxyAdministration.StartAsync(proxy.Proxy);
        using var client = new HttpClient { BaseAddress = new Uri(administration!.Urls.Single()) };
        (await proxy.Client.GetAsync(new Uri(upstream.Url, $"/cvmfs/a.cern.ch/{ObjectPath.Of(ScriptedUpstream.KeyOf(content))}"))).Dispose();
        using var status = JsonDocument.Parse(await client.GetStringAsync("/status"));
        Assert.Equal(1, status.RootElement.GetProperty("requests").GetProperty("miss").GetInt64());
        Assert.Equal(["memory", "disk"], status.RootElement.GetProperty("tiers").EnumerateArray().Select(tier => tier.GetProperty("tier").GetString()));
        Assert.Contains(upstream.Url.Authority, status.RootElement.GetProperty("servers").EnumerateArray().Single().GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.True(status.RootElement.GetProperty("repositories").EnumerateArray().Single().GetProperty("storedBytes").GetInt64() > 0);
        Assert.All(status.RootElement.GetProperty("tiers").EnumerateArray(), static tier => Assert.Equal(0, tier.GetProperty("suspendedFolders").GetInt32()));
        Assert.Contains("<td>memory</td>", await client.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removes_an_object_by_digest_but_not_for_a_web_page()
    {
        await using var proxy = await StartAsync();
        await using var administration = await ProxyAdministration.StartAsync(proxy.Proxy);
        using var client = new HttpClient { BaseAddress = new Uri(administration!.Urls.Single()) };
        const string purge = "/purge?digest=0123456789012345678901234567890123456789";
        Assert.Equal(HttpStatusCode.NotFound, (await client.PostAsync(purge, null)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("/purge?digest=../../etc", null)).StatusCode);
        using var fromPage = new HttpRequestMessage(HttpMethod.Post, purge) { Headers = { { "Origin", "http://evil.example.org" } } };
        Assert.Equal(HttpStatusCode.Forbidden, (await client.SendAsync(fromPage)).StatusCode);
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/status") { Headers = { Host = "evil.example.org" } };
        Assert.Equal(HttpStatusCode.Forbidden, (await client.SendAsync(rebound)).StatusCode);
        using var byPath = new HttpRequestMessage(new HttpMethod("PURGE"), "/cvmfs/a.cern.ch/data/01/23456789012345678901234567890123456789C");
        Assert.Equal(HttpStatusCode.NotFound, (await client.SendAsync(byPath)).StatusCode);
    }

    [Fact]
    public async Task Health_fails_when_the_proxy_is_told_to_end()
    {
        await using var proxy = await StartAsync();
        await using var administration = await ProxyAdministration.StartAsync(proxy.Proxy);
        using var client = new HttpClient { BaseAddress = new Uri(administration!.Urls.Single()) };
        proxy.Proxy.BeginDrain();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/healthz")).StatusCode);
    }

    [Fact]
    public async Task Squid_s_names_are_there_where_they_are_wanted()
    {
        await using var proxy = await StartAsync(options => options.Admin.MetricsFormat = MetricsFormat.Squid);
        await using var administration = await ProxyAdministration.StartAsync(proxy.Proxy);
        using var client = new HttpClient { BaseAddress = new Uri(administration!.Urls.Single()) };
        string text = await client.GetStringAsync("/metrics");
        Assert.Contains("\nsquid_up 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nsquid_client_http_requests_total 0\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_place_to_listen_there_is_no_listener()
    {
        await using var proxy = await RunningProxy.StartAsync();
        Assert.Null(await ProxyAdministration.StartAsync(proxy.Proxy));
    }

    [Fact]
    public async Task The_script_is_served_to_clients_and_only_where_proxies_are_named()
    {
        await using var without = await RunningProxy.StartAsync();
        Assert.Contains("HTTP/1.1 403", await without.SendRawAsync("GET /proxy.pac HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
        await using var proxy = await RunningProxy.StartAsync(options => options.Script.Proxies.Add("p1.example.org:3128"));
        foreach (string path in new[] { "/proxy.pac", "/wpad.dat" })
        {
            string answer = await proxy.SendRawAsync($"GET {path} HTTP/1.1\r\nHost: wpad\r\nConnection: close\r\n\r\n");
            Assert.Contains("application/x-ns-proxy-autoconfig", answer, StringComparison.Ordinal);
            Assert.Contains("return \"PROXY p1.example.org:3128\";", answer, StringComparison.Ordinal);
        }
    }

    private static Task<RunningProxy> StartAsync(Action<ProxyOptions>? configure = null) => RunningProxy.StartAsync(options =>
    {
        options.Admin.Listen = "http://127.0.0.1:0";
        configure?.Invoke(options);
    });
}
