using Cvmfs.Net.Proxy.Documents;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Proxy.Tests.Documents;

public sealed class AbsentObjectsTests
{
    private const string Path = "/cvmfs/a.example.org/data/ab/cdef0123456789abcdef0123456789abcdef01";

    private readonly FakeClock _clock = new();

    [Fact, Conforms("proxy", 87)]
    public void Are_remembered_for_five_seconds_by_server_and_hash()
    {
        var absent = new AbsentObjects(new RepositoryNews(_clock), _clock);
        absent.Add(Request("s1"));
        Assert.True(absent.Contains(Request("s1")));
        Assert.False(absent.Contains(Request("s2"))); // another server may have it
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.False(absent.Contains(Request("s1")));
    }

    [Fact, Conforms("proxy", 87)]
    public void Are_forgotten_with_the_next_revision()
    {
        var absent = new AbsentObjects(new RepositoryNews(_clock), _clock);
        absent.Add(Request("s1"));
        absent.Forget("b.example.org");
        Assert.True(absent.Contains(Request("s1")));
        absent.Forget("a.example.org");
        Assert.False(absent.Contains(Request("s1")));
    }

    [Fact, Conforms("proxy", 87)]
    public void Are_remembered_no_longer_than_the_newest_manifest_is_old()
    {
        var news = new RepositoryNews(_clock);
        var absent = new AbsentObjects(news, _clock);
        news.Arrived("a.example.org");
        absent.Add(Request("s1"));
        Assert.False(absent.Contains(Request("s1"))); // the revision that just came may still be on its way to this server
        _clock.Advance(TimeSpan.FromSeconds(2));
        absent.Add(Request("s1"));
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.False(absent.Contains(Request("s1")));
    }

    private static ProxyRequest Request(string server) => RequestClassifier.Classify($"http://{server}{Path}")!;
}
