using System.Text;
using Cvmfs.Net.Transport.Wire;

namespace Cvmfs.Net.Tests.Transport.Wire;

public sealed class ResponseHeadParserTests
{
    [Fact]
    public void Everything_of_interest_is_read_in_any_case_and_with_any_blanks()
    {
        var head = Parse("HTTP/1.1 503 Not now\r\ncontent-LENGTH:  42 \r\nLOCATION: /there\r\nRetry-After:\t7\r\nContent-Range: bytes 0-1/2\r\nContent-Encoding: gzip\r\nVia: x\r\n\r\n")!;
        Assert.Equal((503, 42L, "/there", "7", "bytes 0-1/2", "gzip"), (head.Status, head.ContentLength!.Value, head.Location, head.RetryAfter, head.ContentRange, head.ContentEncoding));
        Assert.True(head.KeepsConnection);
        Assert.False(head.IsProxyComplaint);
        Assert.Null(head.BadLength);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: x, Close\r\n\r\n", false)]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n", false)]
    [InlineData("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n\r\n", true)]
    public void Whether_the_connection_lives_on_depends_on_version_and_field(string head, bool keeps) => Assert.Equal(keeps, Parse(head)!.KeepsConnection);

    [Theory]
    [InlineData("Content-Length: -1")]
    [InlineData("Content-Length: +1")]
    [InlineData("Content-Length: 1 1")]
    [InlineData("Content-Length: 0x10")]
    [InlineData("Content-Length: ")]
    [InlineData("Content-Length: 99999999999999999999")]
    [InlineData("Content-Length: 3\r\nContent-Length: 3")]
    [InlineData("Content-Length: 3\r\nContent-Length: 4")]
    [InlineData("Content-Length: 3\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: gzip, chunked")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")]
    public void Lengths_that_could_be_understood_in_two_ways_are_not_understood(string fields)
        => Assert.NotNull(Parse($"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n")!.BadLength);

    [Theory]
    [InlineData("HTTP/2 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 099 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 600 OK\r\n\r\n")]
    [InlineData("HTTP/1.1  200 OK\r\n\r\n")]
    [InlineData("http/1.1 200 OK\r\n\r\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nNo colon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n: no name\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nName : blank before the colon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nFolded: a\r\n b: c\r\n\r\n")]
    public void What_is_not_quite_HTTP_is_none(string head) => Assert.Null(Parse(head));

    [Fact]
    public void Random_damage_never_throws()
    {
        byte[] good = Encoding.ASCII.GetBytes("HTTP/1.1 206 Partial\r\nContent-Length: 12\r\nContent-Range: bytes 1-2/3\r\nConnection: close\r\nX-Squid-Error: E 0\r\n\r\n");
        const int seed = 20261122;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int i = 0; i < 50_000; i++)
        {
            byte[] bad = [.. good];
            for (int j = random.Next(1, 6); j > 0; j--) bad[random.Next(bad.Length)] = (byte)random.Next(256);
            int length = ResponseHeadParser.LengthOf(bad);
            if (length > 0) ResponseHeadParser.Parse(bad.AsSpan(0, length));
            ResponseHeadParser.MayBeHttp(bad.AsSpan(0, random.Next(bad.Length)));
        }
    }

    private static ResponseHead? Parse(string head)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(head);
        Assert.Equal(bytes.Length, ResponseHeadParser.LengthOf(bytes));
        return ResponseHeadParser.Parse(bytes);
    }
}
