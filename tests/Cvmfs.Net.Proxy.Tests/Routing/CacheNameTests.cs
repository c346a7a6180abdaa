using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Routing;

public sealed class CacheNameTests
{
    [Theory, Conforms("proxy", 76)]
    [InlineData("http://s1.example.org/cvmfs/a/.cvmfspublished", "HTTP://S1.Example.ORG.:80/cvmfs/%61/.cvmfspublished")]
    [InlineData("http://s1/x%7Ey/.cvmfspublished", "http://s1/x%7ey/.cvmfspublished")]
    [InlineData("http://s1/x~y/.cvmfspublished", "http://s1/x%7ey/.cvmfspublished")]
    [InlineData("http://[2001:db8::1]/.cvmfspublished", "http://[2001:DB8:0::1]:80/.cvmfspublished")]
    public void Is_one_for_what_means_the_same(string one, string other) => Assert.Equal(NameOf(one), NameOf(other));

    [Theory, Conforms("proxy", 76)]
    [InlineData("http://s1/a%2fb/.cvmfspublished", "http://s1/a%2Fb/.cvmfspublished")]
    [InlineData("http://s1/a%2fb/.cvmfspublished", "http://s1/a/b/.cvmfspublished")]
    [InlineData("http://s1//a/.cvmfspublished", "http://s1/a/.cvmfspublished")]
    [InlineData("http://s1/A/.cvmfspublished", "http://s1/a/.cvmfspublished")]
    [InlineData("http://s1:8000/a/.cvmfspublished", "http://s1/a/.cvmfspublished")]
    [InlineData("http://s1/a/.cvmfspublished", "/a/.cvmfspublished")]
    [InlineData("http://s1/a/.cvmfspublished", "http://s1/a/%2ecvmfspublished")] // of another kind, kept by other rules
    [InlineData("http://s1/x?a", "http://s1/x?b")]
    public void Differs_for_what_may_mean_different_things(string one, string other) => Assert.NotEqual(NameOf(one), NameOf(other));

    private static string NameOf(string target) => CacheName.Of(RequestClassifier.Classify(target)!);
}
