using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Tests.Transport;

public sealed class RepositorySourceTests
{
    [Theory]
    [InlineData("http://one/cvmfs/x.example.org", "http://one/cvmfs/x.example.org")]
    [InlineData("https://one:8000/cvmfs/x.example.org/", "https://one:8000/cvmfs/x.example.org")]
    [InlineData("http://one/cvmfs/x.example.org, http://two/cvmfs/x.example.org", "http://one/cvmfs/x.example.org,http://two/cvmfs/x.example.org")]
    [InlineData("file:///srv/cvmfs/x.example.org", "/srv/cvmfs/x.example.org")]
    [InlineData("/srv/cvmfs/x.example.org", "/srv/cvmfs/x.example.org")]
    [InlineData("/srv/with,comma", "/srv/with,comma")]
    public async Task What_a_person_types_becomes_a_source(string text, string origin)
    {
        await using var source = RepositorySource.Open(text);
        Assert.Equal(origin, source.Origin);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("ftp://one/x")]
    [InlineData("http://one/x,/srv/x")]
    [InlineData("http://")]
    public void What_is_no_source_is_refused(string text) => Assert.ThrowsAny<ArgumentException>(() => RepositorySource.Open(text));

    [Fact]
    public async Task A_dead_server_costs_nothing_when_another_lives()
    {
        await using var dead = await FakeStratum.StartAsync();
        await using var alive = await FakeStratum.StartAsync();
        dead.Fail("", Fault.Status(500));
        alive.Mount("/cvmfs/x.example.org/.cvmfspublished", _ => new("manifest"u8.ToArray()));
        var clock = new FakeClock(); // stands still: a pause would never end
        await using var source = RepositorySource.Open(
            $"{dead.UrlOf("x.example.org")},{alive.UrlOf("x.example.org")}", new RepositorySourceOptions { Retry = new RetryOptions { TimeProvider = clock } });
        Assert.Equal("manifest"u8.ToArray(), await source.ReadRootFileAsync(RootFileNames.Manifest));
        Assert.Equal("manifest"u8.ToArray(), await source.ReadRootFileAsync(RootFileNames.Manifest));
        Assert.Single(dead.Requests);
    }

    [Fact]
    [Conforms("protocol", 57)]
    public async Task A_root_file_of_the_longest_length_is_read_and_one_byte_more_is_refused()
    {
        using var folder = new TempFolder();
        folder.Write(RootFileNames.Manifest, new byte[1000]);
        await using var source = RepositorySource.Open(folder.Path);
        Assert.Equal(1000, (await source.ReadRootFileAsync(RootFileNames.Manifest, 1000))!.Length);
        await Assert.ThrowsAsync<CvmfsTransportException>(async () => await source.ReadRootFileAsync(RootFileNames.Manifest, 999));
    }
}
