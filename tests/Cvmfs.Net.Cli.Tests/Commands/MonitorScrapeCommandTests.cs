using System.Text.Json;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

public sealed class MonitorScrapeCommandTests
{
    [Fact]
    public async Task A_verified_server_is_one_line_and_exit_code_0()
    {
        using var repository = await new RepositoryBuilder("soft.example.org").File("/hello", "hello").BuildAsync();
        await using var server = await LoopbackServer.StartAsync(repository.ServerRoot);
        using var keys = await SaveKeysAsync(repository);
        var run = (await CliRun.RunAsync(At(repository), "monitor", "scrape", server.Url, "-k", keys.Path)).Expect(ExitCodes.Done);
        string[] cells = Assert.Single(run.Lines).Split('\t');
        Assert.Equal(["soft.example.org", "ok", $"{repository.Manifest.Revision}"], cells[1..4]);
    }

    [Fact]
    public async Task A_broken_chain_of_trust_is_exit_code_3_and_names_the_error()
    {
        using var repository = (await new RepositoryBuilder("soft.example.org").File("/hello", "hello").BuildAsync()).Break(RepositoryFault.WhitelistOfStranger);
        await using var server = await LoopbackServer.StartAsync(repository.ServerRoot);
        using var keys = await SaveKeysAsync(repository);
        var run = (await CliRun.RunAsync(At(repository), "monitor", "scrape", server.Url, "--json", "-k", keys.Path)).Expect(ExitCodes.VerificationFailed);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal("whitelist", json.RootElement.GetProperty("servers")[0].GetProperty("repositories")[0].GetProperty("error_class").GetString());
    }

    [Fact]
    public async Task A_dead_server_is_exit_code_4_and_up_zero()
    {
        var run = (await CliRun.RunAsync("monitor", "scrape", "127.0.0.1:1", "--repo", "soft.example.org", "--prometheus")).Expect(ExitCodes.UpstreamUnreachable);
        Assert.Contains("cvmfs_probe_up{server=\"127.0.0.1:1\"} 0\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("monitor", "scrape")]
    [InlineData("monitor", "scrape", "a..b")]
    [InlineData("monitor", "scrape", "host", "--repo", "no/name")]
    [InlineData("monitor", "scrape", "host", "--json", "--prometheus")]
    public async Task Nonsense_is_exit_code_2(params string[] args) => (await CliRun.RunAsync(args)).Expect(ExitCodes.Usage);

    private static TestEnvironment At(BuiltRepository repository) => TestEnvironment.Default with { Clock = repository.Clock };

    private static async Task<TempFolder> SaveKeysAsync(BuiltRepository repository)
    {
        var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Combine("test.pub"), repository.Keys.Publisher.MasterPublicKeyPem);
        return folder;
    }
}
