using System.Text.RegularExpressions;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Security;

/// <summary>Requests that two programs could read in two ways, or that ask for what no client of CernVM-FS asks for.</summary>
/// <remarks>Each is sent as bytes to the real server, must be refused with the connection closed, and must not reach the upstream.
/// "{T}" stands for the URL of a manifest, "{A}" for the upstream's authority.</remarks>
public abstract class RequestSyntaxTests(ServedDocument shared, bool throughPipeline) : IClassFixture<ServedDocument>
{
    private const string Chunked = "Transfer-Encoding: chunked\r\n";

    [Theory, Conforms("proxy", 76)]
    [InlineData("S1", "GET {T} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n" + Chunked + "\r\n0\r\n\r\n", "400")]
    [InlineData("S1 the other way round", "GET {T} HTTP/1.1\r\nHost: x\r\n" + Chunked + "Content-Length: 5\r\n\r\n0\r\n\r\n", "400")]
    [InlineData("S2 two lengths", "GET {T} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400")]
    [InlineData("S2 signed", "GET {T} HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde", "400")]
    [InlineData("S2 list", "GET {T} HTTP/1.1\r\nHost: x\r\nContent-Length: 5,5\r\n\r\nabcde", "400")]
    [InlineData("S2 hexadecimal", "GET {T} HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nabcde", "400")]
    [InlineData("S2 negative", "GET {T} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "400")]
    [InlineData("S2 endless", "GET {T} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", "400|413")]
    [InlineData("S2 empty", "GET {T} HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\n", "400")]
    [InlineData("S3 unknown coding", "GET {T} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", "400|501")]
    [InlineData("S3 not chunked last", "GET {T} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n", "400|501")]
    [InlineData("S3 twice", "GET {T} HTTP/1.1\r\nHost: x\r\n" + Chunked + Chunked + "\r\n0\r\n\r\n", "400|501")]
    [InlineData("S3 in HTTP/1.0", "GET {T} HTTP/1.0\r\nHost: x\r\n" + Chunked + "\r\n0\r\n\r\n", "400|501")]
    [InlineData("S5 signed chunk", "GET {T} HTTP/1.1\r\nHost: x\r\n" + Chunked + "\r\n+5\r\nabcde\r\n0\r\n\r\n", "400")]
    [InlineData("S5 long chunk size", "GET {T} HTTP/1.1\r\nHost: x\r\n" + Chunked + "\r\n00000000000000000005\r\nabcde\r\n0\r\n\r\n", "400")]
    [InlineData("S6 a body", "GET {T} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", "400")]
    [InlineData("S6 a chunked body", "GET {T} HTTP/1.1\r\nHost: x\r\n" + Chunked + "\r\n3\r\nabc\r\n0\r\n\r\n", "400")]
    [InlineData("S7 blank before the colon", "GET {T} HTTP/1.1\r\nHost: x\r\nX-A : b\r\n\r\n", "400")]
    [InlineData("S7 folded line", "GET {T} HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n", "400")]
    [InlineData("S7 folded first line", "GET {T} HTTP/1.1\r\n Host: x\r\n\r\n", "400")]
    [InlineData("S7 NUL", "GET {T} HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n", "400")]
    [InlineData("S7 bare CR", "GET {T} HTTP/1.1\r\nHost: x\r\nX-A: b\rc\r\n\r\n", "400")]
    [InlineData("S7 control byte in a value", "GET {T} HTTP/1.1\r\nHost: x\r\nX-A: b\u0001c\r\n\r\n", "400")]
    [InlineData("S7 escape sequence in a value", "GET {T} HTTP/1.1\r\nHost: x\r\nUser-Agent: \u001b[31m\r\n\r\n", "400")]
    [InlineData("S7 DEL in a value", "GET {T} HTTP/1.1\r\nHost: x\r\nX-A: b\u007fc\r\n\r\n", "400")]
    [InlineData("S7 control byte in a name", "GET {T} HTTP/1.1\r\nHost: x\r\nX\u0001A: b\r\n\r\n", "400")]
    [InlineData("S7 no name", "GET {T} HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n", "400")]
    [InlineData("S7 no colon", "GET {T} HTTP/1.1\r\nHost: x\r\nX-A\r\n\r\n", "400")]
    [InlineData("S8 no host", "GET {T} HTTP/1.1\r\n\r\n", "400")]
    [InlineData("S8 two hosts", "GET {T} HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "400")]
    [InlineData("S8 no host name", "GET /cvmfs/a.example.org/.cvmfspublished HTTP/1.1\r\nHost: a b\r\n\r\n", "400")]
    [InlineData("S8 a path for a host", "GET /cvmfs/a.example.org/.cvmfspublished HTTP/1.1\r\nHost: x/y\r\n\r\n", "400")]
    [InlineData("S10 user information", "GET http://user:pw@{A}/cvmfs/a.example.org/.cvmfspublished HTTP/1.1\r\nHost: x\r\n\r\n", "400")]
    [InlineData("S10 no authority", "GET http:///cvmfs/a.example.org/.cvmfspublished HTTP/1.1\r\nHost: {A}\r\n\r\n", "400")]
    [InlineData("S10 port 0", "GET http://127.0.0.1:0/cvmfs/a.example.org/.cvmfspublished HTTP/1.1\r\nHost: {A}\r\n\r\n", "400")]
    [InlineData("S10 port 70000", "GET http://127.0.0.1:70000/cvmfs/a.example.org/.cvmfspublished HTTP/1.1\r\nHost: {A}\r\n\r\n", "400")]
    [InlineData("S10 zone", "GET http://[fe80::1%25lo]:80/cvmfs/a.example.org/.cvmfspublished HTTP/1.1\r\nHost: {A}\r\n\r\n", "400")]
    [InlineData("S10 letters beyond ASCII", "GET http://b\u00fccher.example/cvmfs/a.example.org/.cvmfspublished HTTP/1.1\r\nHost: {A}\r\n\r\n", "400")]
    [InlineData("S12", "CONNECT {A} HTTP/1.1\r\nHost: {A}\r\n\r\n", "40[035]")]
    [InlineData("S12 to the usual port", "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n", "40[035]")]
    [InlineData("S13 POST", "POST {T} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "405")]
    [InlineData("S13 PUT", "PUT {T} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "405")]
    [InlineData("S13 DELETE", "DELETE {T} HTTP/1.1\r\nHost: x\r\n\r\n", "405")]
    [InlineData("S13 PATCH", "PATCH {T} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "405")]
    [InlineData("S13 TRACE", "TRACE {T} HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\n\r\n", "405")]
    [InlineData("S13 OPTIONS", "OPTIONS {T} HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\n\r\n", "405")]
    [InlineData("S13 OPTIONS of all", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "40[05]")]
    [InlineData("S13 PROPFIND", "PROPFIND {T} HTTP/1.1\r\nHost: x\r\n\r\n", "405")]
    [InlineData("S13 PURGE", "PURGE {T} HTTP/1.1\r\nHost: x\r\n\r\n", "405")]
    [InlineData("S13 unknown", "XYZZY {T} HTTP/1.1\r\nHost: x\r\n\r\n", "405")]
    [InlineData("S13 in small letters", "get {T} HTTP/1.1\r\nHost: x\r\n\r\n", "40[05]")]
    [InlineData("S19", "GET {T} HTTP/1.1\r\nHost: x\r\nVia: 1.0 a, 1.1 {V} (x)\r\n\r\n", "508")]
    [InlineData("no version", "GET {T}\r\nHost: x\r\n\r\n", "400|505")]
    [InlineData("another version", "GET {T} HTTP/1.2\r\nHost: x\r\n\r\n", "400|505")]
    [InlineData("no request line", "\0\0\0\0\r\n\r\n", "400")]
    public Task Is_refused(string line, string request, string status) => RefusedAsync(line, request, status);

    [Theory, Conforms("proxy", 76), Conforms("proxy", 104)]
    [InlineData("S20 request line", 9000, 0, 0, "414|400")]
    [InlineData("S20 one field", 0, 1, 40_000, "431")]
    [InlineData("S20 many bytes", 0, 60, 700, "431")]
    [InlineData("S20 many fields", 0, 101, 4, "431")]
    public Task Is_refused_for_its_size(string line, int path, int fields, int bytes, string status) => RefusedAsync(
        line, $"GET http://{{A}}/{new string('a', path)}/.cvmfspublished HTTP/1.1\r\nHost: x\r\n{string.Concat(Enumerable.Range(0, fields).Select(at => $"X-{at}: {new string('b', bytes)}\r\n"))}\r\n", status);

    [Theory, Conforms("proxy", 76)]
    [InlineData("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0")]
    [InlineData("TLS", "\u0016\u0003\u0001\u0000\u00c8\u0001\u0000\u0000\u00c4\u0003\u0003abcdefghijklmnopqrstuvwxyz\r\n\r\n")]
    [InlineData("TLS without a line end", "\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0003")]
    [InlineData("SSH", "SSH-2.0-OpenSSH_9.6\r\n")]
    [InlineData("nothing", "")]
    public async Task S34_another_protocol_only_closes_the_connection(string protocol, string bytes)
    {
        var (upstream, proxy) = (shared.Upstream, shared.Proxy);
        upstream.Seen.Clear();
        string answer = await proxy.SendRawAsync(bytes, closeAfter: true, throughPipeline: throughPipeline).WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
        Assert.True(answer.Length == 0 || Regex.IsMatch(answer, "^HTTP/1.1 (400|505) ") || protocol == "HTTP/2", $"{protocol}: {answer}");
        Assert.Empty(upstream.Seen);
        Assert.Equal(ServedDocument.Body, await proxy.Client.GetByteArrayAsync(upstream.Url + "cvmfs/a.example.org/.cvmfs_status.json")); // others are served
    }

    [Fact, Conforms("proxy", 76)]
    public async Task What_follows_a_refused_request_is_not_read_as_another()
    {
        var (upstream, proxy) = (shared.Upstream, shared.Proxy);
        upstream.Seen.Clear();
        string smuggled = $"GET {upstream.Url}cvmfs/a.example.org/.cvmfs_status.json HTTP/1.1\r\nHost: x\r\n\r\n";
        foreach (string refused in new[]
        {
            $"POST {upstream.Url} HTTP/1.1\r\nHost: x\r\nContent-Length: {smuggled.Length}\r\n\r\n",
            $"GET {upstream.Url}cvmfs/a.example.org/.cvmfs_status.json HTTP/1.1\r\nHost: x\r\nContent-Length: {smuggled.Length}\r\n\r\n",
            $"GET {upstream.Url}cvmfs/a.example.org/.cvmfs_status.json HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n{Chunked}\r\n",
        })
        {
            string answer = await proxy.SendRawAsync(refused + smuggled, throughPipeline: throughPipeline).WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
            Assert.Matches("^HTTP/1.1 40[05] ", answer);
            Assert.Single(Regex.Matches(answer, "HTTP/1.1 "));
        }

        Assert.Empty(upstream.Seen);
    }

    private async Task RefusedAsync(string line, string request, string status)
    {
        var (upstream, proxy) = (shared.Upstream, shared.Proxy);
        upstream.Seen.Clear();
        string authority = $"127.0.0.1:{upstream.Port}";
        string bytes = request.Replace("{T}", $"http://{authority}/cvmfs/a.example.org/.cvmfspublished", StringComparison.Ordinal).Replace("{A}", authority, StringComparison.Ordinal)
            .Replace("{V}", proxy.Proxy.Pseudonym, StringComparison.Ordinal);
        string answer = await proxy.SendRawAsync(bytes, throughPipeline: throughPipeline).WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);
        Assert.True(Regex.IsMatch(answer, $"^HTTP/1.1 ({status}) "), $"{line}: {answer}");
        Assert.Empty(upstream.Seen);
        Assert.DoesNotContain("Kestrel", answer, StringComparison.OrdinalIgnoreCase);
        string body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        Assert.True(body.Length <= 512, $"{line}: {body.Length} bytes to say no");
    }

    public sealed class OnEventLoops(ServedDocument shared) : RequestSyntaxTests(shared, throughPipeline: false);

    public sealed class ThroughTheWebServer(ServedDocument shared) : RequestSyntaxTests(shared, throughPipeline: true);
}
