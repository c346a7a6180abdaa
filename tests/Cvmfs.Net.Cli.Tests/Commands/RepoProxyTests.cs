using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

public sealed class RepoProxyTests
{
    [Fact]
    public async Task A_repository_is_read_through_the_proxies_that_are_given()
    {
        using var upstream = await new RepositoryBuilder().File("/f", "content").BuildAsync();
        await using var proxy = await FakeStratum.StartAsync();
        proxy.MountRepository(upstream.Name.ToString(), upstream.Path);
        var run = await CliRun.RunAsync("repo", "ls", $"http://stratum0.invalid/cvmfs/{upstream.Name}", "/", "--allow-unverified", "--proxy", $"127.0.0.1:1;{proxy.BaseUrl}");
        Assert.Contains("f", run.Expect(0).Output, StringComparison.Ordinal);
        Assert.NotEmpty(proxy.Requests);
    }

    [Fact]
    public async Task A_list_that_makes_no_sense_is_refused()
        => Assert.Contains("--proxy: member 2 of group 1", (await CliRun.RunAsync("repo", "ls", "http://127.0.0.1:1/cvmfs/x.example.org", "/", "--allow-unverified", "--proxy", "a|")).Expect(2).Error, StringComparison.Ordinal);
}
