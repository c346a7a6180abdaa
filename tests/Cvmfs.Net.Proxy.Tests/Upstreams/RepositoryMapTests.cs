using Cvmfs.Net.Proxy.Upstreams;

namespace Cvmfs.Net.Proxy.Tests.Upstreams;

public sealed class RepositoryMapTests
{
    [Theory]
    [InlineData("/cvmfs/a.example.org/data/ab/cd", "http://exact/opt/a/data/ab/cd")]
    [InlineData("/cvmfs/b.example.org/data/ab/cdC", "http://domain:8000/cvmfs/b.example.org/data/ab/cdC")]
    [InlineData("/x//b.example.org/.cvmfspublished", "http://domain:8000/cvmfs/b.example.org/.cvmfspublished")]
    [InlineData("/cvmfs/c.test/data/ab/cd", "http://any/c.test/data/ab/cd")]
    [InlineData("/cvmfs/c.test/.cvmfsalt-abcd", "http://any/c.test/.cvmfsalt-abcd")]
    [InlineData("/cvmfs/c\\evil.test/data/ab/cd", "")] // no name of a repository
    [InlineData("/data/ab/cd", "")]
    [InlineData("/other", "")]
    public void A_path_is_moved_below_the_base_of_its_repository(string path, string expected)
    {
        var options = new ProxyUpstreamOptions();
        options.Repositories["a.example.org"] = ["http://exact/opt/a/"];
        options.Repositories["*.example.org"] = ["http://domain:8000"];
        options.Repositories["*"] = ["http://any/@fqrn@"];
        Assert.Empty(options.Validate());
        Assert.Equal(expected, string.Join(' ', new RepositoryMap(options).Find(path).Select(static found => found.Server.GetLeftPart(UriPartial.Authority) + found.Path)));
    }

    [Theory]
    [InlineData("http://s/@fqrn@", true)]
    [InlineData("https://s:1/x", true)]
    [InlineData("ftp://s/x", false)]
    [InlineData("http://u@s/x", false)]
    [InlineData("http://s/x?y", false)]
    [InlineData("http://@fqrn@.example.org/x", false)] // a client would choose the server
    [InlineData("http://s:1@fqrn@/x", false)]
    [InlineData("s/x", false)]
    public void Bases_are_urls_of_servers(string text, bool isBase) => Assert.Equal(isBase, RepositoryMap.IsBase(text));
}
