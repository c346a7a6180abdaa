using System.Text;
using Cvmfs.Net.Connections;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Connections.Tests;

public sealed class RequestHeadTests
{
    [Fact]
    public void Reads_a_plain_request()
    {
        Assert.True(RequestHead.TryRead("HEAD /cvmfs/x HTTP/1.1\r\nHost: a.example.org:80\r\nUser-Agent: cvmfs Fuse 2.12\r\nConnection: Close\r\nRANGE:\tbytes=1-2 \r\n\r\n"u8, out var request));
        Assert.True(request.IsHead);
        Assert.True(request.Closes);
        Assert.False(request.HasIfRange);
        Assert.Equal("/cvmfs/x", Encoding.ASCII.GetString(request.Target));
        Assert.Equal("bytes=1-2", Encoding.ASCII.GetString(request.Range));
    }

    [Fact]
    public void Reads_what_a_client_sends_to_a_proxy()
    {
        Assert.True(RequestHead.TryRead(
            "GET HTTP://s1.example.org:8000/cvmfs/x//data/ab/cd HTTP/1.1\r\nHost: s1.example.org:8000\r\nAccept: */*\r\nProxy-Connection: Keep-Alive\r\nConnection: Keep-Alive\r\nUser-Agent: cvmfs Fuse 2.12.0\r\ncvmfs-info: /sw/lib%20a\r\nX-CVMFS-PID: 12\r\n\r\n"u8,
            out var request));
        Assert.True(request.IsAbsolute);
        Assert.False(request.IsHead || request.Closes || request.WantsFresh || request.IsDemanding);
        Assert.Equal("HTTP://s1.example.org:8000/cvmfs/x//data/ab/cd", Encoding.ASCII.GetString(request.Target));
        Assert.Equal(("cvmfs Fuse 2.12.0", "/sw/lib%20a"), (Encoding.ASCII.GetString(request.UserAgent), Encoding.ASCII.GetString(request.Info)));
    }

    [Theory]
    [InlineData("Cache-Control: no-cache\r\nPragma: no-cache\r\n", true, false)]
    [InlineData("Pragma: No-Cache\r\n", true, false)]
    [InlineData("Cache-Control: max-age=0\r\n", false, true)]
    [InlineData("Cache-Control: no-cache, no-store\r\n", false, true)]
    [InlineData("Via: 1.1 other\r\n", false, false)]
    [InlineData("Authorization: Bearer x\r\n", false, true)]
    [InlineData("Proxy-Authorization: Basic x\r\n", false, true)]
    [InlineData("Accept: */*\r\n", false, false)]
    public void Reports_what_matters_to_a_cache(string fields, bool wantsFresh, bool isDemanding)
    {
        Assert.True(RequestHead.TryRead(Encoding.ASCII.GetBytes($"GET http://a/x HTTP/1.1\r\nHost: a\r\n{fields}\r\n"), out var request));
        Assert.Equal((wantsFresh, isDemanding), (request.WantsFresh, request.IsDemanding));
    }

    [Theory]
    [Conforms("stratum1", 83)]
    [InlineData("GET /x HTTP/1.1\r\n\r\n")] // no Host
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: \r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost : a\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\n Host: a\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\nX: b\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\nHost: a\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\rX: b\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, upgrade\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\nRange: bytes=2-3\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n")]
    [InlineData("GET /x HTTP/1.0\r\nHost: a\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1 \r\nHost: a\r\n\r\n")]
    [InlineData("GET  /x HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /x y HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET https://a/x HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET http:/ HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET * HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /\u00e4 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\nX: \u0000\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a\r\nX: \u00e4\r\n\r\n")]
    [InlineData("get /x HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST /x HTTP/1.1\r\nHost: a\r\n\r\n")]
    public void Leaves_everything_that_is_not_plain_to_the_other_parser(string head)
        => Assert.False(RequestHead.TryRead(Encoding.Latin1.GetBytes(head), out _));

    [Fact]
    public void No_part_and_no_change_of_a_request_makes_it_fail()
    {
        byte[] whole = "GET /cvmfs/x HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\nConnection: close\r\n\r\n"u8.ToArray();
        Properties.Hold<int>(seed =>
        {
            var random = new Random(seed);
            for (int round = 0; round < 40; round++)
            {
                byte[] changed = [.. whole];
                for (int i = random.Next(1, 4); i > 0; i--) changed[random.Next(changed.Length - 4)] = (byte)random.Next(256);
                RequestHead.MayBegin(changed.AsSpan(0, random.Next(changed.Length)));
                // The end of a head is found before it is read, so that there is none inside.
                if (changed.AsSpan().IndexOf("\r\n\r\n"u8) == changed.Length - 4) RequestHead.TryRead(changed, out _);
            }
        });
    }
}
