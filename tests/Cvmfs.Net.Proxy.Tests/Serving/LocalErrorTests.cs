using Cvmfs.Net.Proxy.Serving;
using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Serving;

public sealed class LocalErrorTests
{
    // What a client makes of it: 5xx, 404 and 400 lead to the next server through the same proxy, everything else to the next proxy.
    [Theory]
    [Conforms("proxy", 72)]
    [Conforms("proxy", 73)]
    [InlineData("Unreachable", 0, false, 502, "error=destination_unavailable")]
    [InlineData("Timeout", 0, false, 504, "error=http_response_timeout")]
    [InlineData("Unresolvable", 0, false, 502, "error=dns_error")]
    [InlineData("Unreachable", 0, true, 403, "error=destination_unavailable")]
    [InlineData("Timeout", 0, true, 403, "error=http_response_timeout")]
    [InlineData("Unresolvable", 0, true, 403, "error=dns_error")]
    [InlineData("Busy", 0, false, 403, "error=connection_limit_reached")] // our load is not the server's fault
    [InlineData("NotPublic", 0, false, 403, "error=destination_ip_prohibited")]
    [InlineData("Incomplete", 0, false, 502, "error=http_response_incomplete")]
    [InlineData("Protocol", 0, false, 502, "error=http_protocol_error")]
    [InlineData("Corrupt", 0, false, 502, "error=http_protocol_error")]
    [InlineData("Status", 404, false, 404, "received-status=404")]
    [InlineData("Status", 410, false, 404, "received-status=410")]
    [InlineData("Status", 400, false, 400, "received-status=400")]
    [InlineData("Status", 500, false, 500, "received-status=500")]
    [InlineData("Status", 503, false, 503, "received-status=503")]
    [InlineData("Status", 302, false, 502, "received-status=302")]
    [InlineData("Status", 401, false, 502, "received-status=401")] // 4xx of the server must not look like one of the proxy
    [InlineData("Status", 403, false, 502, "received-status=403")]
    [InlineData("Status", 407, false, 502, "received-status=407")]
    [InlineData("Status", 416, false, 502, "received-status=416")]
    [InlineData("Status", 429, false, 502, "received-status=429")]
    [InlineData("Status", 204, false, 502, "received-status=204")]
    public void Every_problem_leads_the_client_to_its_right_next_step(string failure, int received, bool isSiteWide, int status, string proxyStatus)
    {
        var error = LocalError.Of(new UpstreamProblem(Enum.Parse<UpstreamFailure>(failure), received, isSiteWide));
        Assert.Equal((status, $"cvmfs-net; {proxyStatus}"), (error.Status, error.ProxyStatus));
        Assert.InRange(error.Body.Length, 1, 512);
        Assert.Equal("no-store", LocalError.CacheControl);
    }

    [Fact]
    public void A_refusal_says_that_it_is_one() => Assert.Equal("cvmfs-net; error=http_request_denied", LocalError.Refusal(403, "no").ProxyStatus);
}
