using Stratum1Replicator.Web;

namespace Stratum1Replicator.Tests;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8000", "127.0.0.1", 8000)]
    [InlineData("http://localhost:0", "127.0.0.1", 0)]
    [InlineData("http://*:80", null, 80)]
    [InlineData("http://+", null, 80)]
    [InlineData("http://[::1]:8080/", "::1", 8080)]
    [InlineData("http://0.0.0.0", "0.0.0.0", 80)]
    public void Reads_an_address(string url, string? host, int port)
    {
        var address = Assert.Single(ListenAddress.ParseAll(url, out string? wrong));
        Assert.Null(wrong);
        Assert.Equal((host, port), (address.Host?.ToString(), address.Port));
    }

    [Theory]
    [InlineData("https://127.0.0.1:8000")]
    [InlineData("127.0.0.1:8000")]
    [InlineData("http://example.org:8000")]
    [InlineData("http://127.0.0.1:65536")]
    [InlineData("http://127.0.0.1:x")]
    [InlineData("http://:80")]
    public void Names_what_is_none(string url)
    {
        var addresses = ListenAddress.ParseAll($"http://127.0.0.1:1;{url}", out string? wrong);
        Assert.Single(addresses);
        Assert.Equal(url, wrong);
    }
}
