using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Routing;

public sealed class RequestClassifierTests
{
    private const string Digits = "cdef0123456789abcdef0123456789abcdef01";

    [Theory]
    [InlineData("/cvmfs/a.example.org/data/ab/" + Digits, RequestKind.Object)]
    [InlineData("/opt/x/data/ab/" + Digits + "P", RequestKind.Object)]
    [InlineData("//data/ab/" + Digits + "-shake128C", RequestKind.Object)]
    [InlineData("/cvmfs/a/.cvmfsalt-ab" + Digits + "C", RequestKind.Object)]
    [InlineData("/cvmfs/a/.cvmfspublished", RequestKind.Manifest)]
    [InlineData("/cvmfs/a/.cvmfswhitelist.pkcs7", RequestKind.RootFile)]
    [InlineData("/cvmfs/a/.cvmfs_status.json", RequestKind.RootFile)]
    [InlineData("/cvmfs/info/v1/repositories.json", RequestKind.ServerDocument)]
    [InlineData("/cvmfs/a/api/v1.0/geo/@proxy@/a.example.org,+PXYSEP+,b.example.org", RequestKind.Geo)]
    public void Knows_the_urls_of_the_field(string path, object kind)
    {
        Assert.Equal(kind, RequestClassifier.Classify(path)?.Kind);
        Assert.Equal(kind, RequestClassifier.Classify("http://s1.example.org:8000" + path)?.Kind);
    }

    [Theory]
    [InlineData("http://S1.Example.org./cvmfs/a/.cvmfspublished", "s1.example.org", 80)]
    [InlineData("http://s1:8000/cvmfs/a/.cvmfspublished", "s1", 8000)]
    [InlineData("http://[2001:DB8::1]:8000/cvmfs/a/.cvmfspublished", "2001:db8::1", 8000)]
    [InlineData("HTTP://s1/cvmfs/a/.cvmfspublished", "s1", 80)]
    public void Reads_the_server_from_the_request_line(string target, string host, int port)
    {
        var request = RequestClassifier.Classify(target);
        Assert.Equal((host, port), (request?.Host, request?.Port));
    }

    [Theory, Conforms("proxy", 76), Conforms("proxy", 90)]
    [InlineData("http://u@h/cvmfs/a/.cvmfspublished")]
    [InlineData("http:///cvmfs/a/.cvmfspublished")]
    [InlineData("http://h:0/cvmfs/a/.cvmfspublished")]
    [InlineData("http://h:70000/cvmfs/a/.cvmfspublished")]
    [InlineData("http://h:/cvmfs/a/.cvmfspublished")]
    [InlineData("http://h:+80/cvmfs/a/.cvmfspublished")]
    [InlineData("http://[fe80::1%25eth0]/cvmfs/a/.cvmfspublished")]
    [InlineData("https://h/cvmfs/a/.cvmfspublished")]
    [InlineData("ftp://h/cvmfs/a/.cvmfspublished")]
    [InlineData("http://h/cvmfs/a/%2ecvmfspublished")]
    [InlineData("http://h/cvmfs/../.cvmfspublished")]
    [InlineData("http://h/cvmfs/a/.cvmfspublished/..")]
    [InlineData("http://h/cvmfs/a\\b/.cvmfspublished")]
    [InlineData("http://h/cvmfs/a/.cvmfsalt-nothex")]
    [InlineData("http://h/cvmfs/a/data/ab/" + Digits + "Q")]
    [InlineData("http://h/cvmfs/a/data/AB/" + Digits)]
    [InlineData("http://h/anything")]
    [InlineData("http://h")]
    [InlineData("*")]
    public void Serves_nothing_else(string target) => Assert.Null(RequestClassifier.Classify(target));

    [Fact]
    public void Never_throws_whatever_the_target() => Properties.Hold((string target) =>
    {
        _ = RequestClassifier.Classify(target ?? "");
        _ = RequestClassifier.Classify("http://" + target);
        return true;
    });
}
