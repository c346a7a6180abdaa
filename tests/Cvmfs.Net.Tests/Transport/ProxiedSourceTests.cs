using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Transport.Proxies;

namespace Cvmfs.Net.Tests.Transport;

public sealed class ProxiedSourceTests
{
    private const string Server = "http://stratum.invalid/cvmfs/x.example.org";

    private readonly FakeClock _clock = new();

    [Fact]
    [Conforms("stratum1", 54)]
    public async Task What_one_proxy_says_is_absent_is_absent_and_a_broken_one_is_left()
    {
        await using var first = await FakeStratum.StartAsync();
        await using var second = await FakeStratum.StartAsync();
        second.Mount("/cvmfs/x.example.org/", path => ValueTask.FromResult<byte[]?>(path == "there" ? [1] : null));
        await using var source = RepositorySource.Open("http://stratum.invalid/cvmfs/x.example.org", new RepositorySourceOptions
        {
            Proxies = ClientProxyList.Parse($"{first.BaseUrl};{second.BaseUrl}"),
            ProxyGroups = { Choice = static () => 0 },
        });
        var token = TestContext.Current.CancellationToken;

        Assert.Null(await source.ReadRootFileAsync("absent", cancellationToken: token));
        Assert.Empty(second.Requests);
        first.Fail("there", Fault.Status(502));
        Assert.Equal([1], await source.ReadRootFileAsync("there", cancellationToken: token));
        Assert.Null(await source.ReadRootFileAsync("absent", cancellationToken: token));
        Assert.Equal((2, 2), (first.Requests.Count, second.Requests.Count));
        Assert.Equal("http://stratum.invalid/cvmfs/x.example.org", source.Origin);
        Assert.True(source.TryLeave(source.Origin + "/there"));
        await source.ReadRootFileAsync("absent", cancellationToken: token);
        Assert.Equal(3, first.Requests.Count);
    }

    [Theory]
    [InlineData(404, 1, 0)] // the server's words, whoever brings them
    [InlineData(500, 1, 0)]
    [InlineData(403, 1, 1)] // proxies' words
    [InlineData(407, 1, 1)]
    [InlineData(503, 1, 1)]
    public async Task A_proxy_is_left_for_what_only_proxies_say(int status, int toFirst, int toSecond)
    {
        await using var first = await FakeStratum.StartAsync();
        await using var second = await FakeStratum.StartAsync();
        second.Mount("/cvmfs/x.example.org/", static _ => ValueTask.FromResult<byte[]?>([1]));
        first.Mount("/cvmfs/x.example.org/", static _ => ValueTask.FromResult<byte[]?>([2]));
        first.Fail("there", Fault.Status(status));
        await using var source = Open($"{first.BaseUrl}|{second.BaseUrl}", retries: 0);
        if (status == 500) await Assert.ThrowsAsync<CvmfsTransportException>(() => ReadAsync(source).AsTask());
        else Assert.Equal(status == 404 ? null : [1], await ReadAsync(source));
        Assert.Equal((toFirst, toSecond), (first.Requests.Count, second.Requests.Count));
    }

    [Fact]
    public async Task The_next_group_is_used_when_all_of_one_have_failed_and_the_first_again_after_a_while()
    {
        await using var first = await FakeStratum.StartAsync();
        await using var second = await FakeStratum.StartAsync();
        foreach (var stratum in (FakeStratum[])[first, second]) stratum.Mount("/cvmfs/x.example.org/", static _ => ValueTask.FromResult<byte[]?>([1]));
        first.Fail("there", Fault.Status(403));
        await using var source = Open($"http://127.0.0.1:1|{first.BaseUrl};{second.BaseUrl}", retries: 0);
        for (int i = 0; i < 3; i++) Assert.Equal([1], await ReadAsync(source));
        Assert.Equal((1, 3), (first.Requests.Count, second.Requests.Count));
        _clock.Advance(TimeSpan.FromMinutes(6));
        await ReadAsync(source);
        Assert.Equal((2, 4), (first.Requests.Count, second.Requests.Count));
    }

    [Fact]
    public async Task When_nobody_leads_there_each_was_asked_once()
    {
        await using var source = Open("http://127.0.0.1:1|http://127.0.0.2:1;http://127.0.0.3:1", retries: 0);
        var failed = await Assert.ThrowsAsync<CvmfsTransportException>(() => ReadAsync(source).AsTask());
        foreach (string port in (string[])["127.0.0.1:1", "127.0.0.2:1", "127.0.0.3:1"]) Assert.Contains(port, failed.Message, StringComparison.Ordinal);
        Assert.Contains("3 of 3 ways failed", failed.Message, StringComparison.Ordinal);
    }

    private static ValueTask<byte[]?> ReadAsync(IRepositorySource source) => source.ReadRootFileAsync("there", cancellationToken: TestContext.Current.CancellationToken);

    private IRepositorySource Open(string proxies, int retries) => RepositorySource.Open(Server, new RepositorySourceOptions
    {
        Proxies = ClientProxyList.Parse(proxies),
        ProxyGroups = { Choice = static () => 0, TimeProvider = _clock },
        Retry = { Retries = retries },
    });
}
