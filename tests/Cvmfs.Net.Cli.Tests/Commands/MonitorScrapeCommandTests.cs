using System.Text.Json;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

public sealed class MonitorScrapeCommandTests
{
    [Fact]
    public async Task A_verified_server_is_exit_code_0()
    {
        using var repository = await new RepositoryBuilder("soft.example.org").File("/hello", "hello").BuildAsync();
        await using var server = await LoopbackServer.StartAsync(repository.ServerRoot);
        using var keys = await SaveKeysAsync(repository);
        var run = (await CliRun.RunAsync(At(repository), "monitor", "scrape", server.Url, "-k", keys.Path)).Expect(ExitCodes.Done);
        string[] cells = run.Lines.Last().Split('\t'); // the one before says that the server's clock is not that of the test
        Assert.Equal(["soft.example.org", "degraded", $"{repository.Manifest.Revision}"], cells[1..4]);
        Assert.Equal(["the publisher's certificate expires at 2025-01-01 00:00:00Z"], cells[7..]);
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

    [Fact]
    public async Task A_replica_behind_its_stratum_0_shows_by_how_much_and_how_long()
    {
        using var repository = await new RepositoryBuilder("soft.example.org").File("/hello", "hello").Revision().File("/more", "more").BuildAsync();
        await using var origin = await LoopbackServer.StartAsync(repository.ServerRoot);
        byte[] newest = await File.ReadAllBytesAsync(repository.RootFile(".cvmfspublished"));
        using var old = new TempFolder();
        CopyFolder(repository.ServerRoot, old.Path);
        await File.WriteAllBytesAsync(old.Combine("soft.example.org/.cvmfspublished"), repository.Manifests[^2]);
        await using var replica = await LoopbackServer.StartAsync(old.Path);
        Assert.NotEqual(newest, repository.Manifests[^2]);

        var run = await CliRun.RunAsync(At(repository), "monitor", "scrape", replica.Url, "--stratum0", origin.Url, "--headers-only", "--no-geo", "--repo", "soft.example.org");

        Assert.Matches(@"\t1 \(\d+ min\)\t", run.Lines.Single(line => line.StartsWith(new Uri(replica.Url).Authority + "\tsoft", StringComparison.Ordinal)));
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static TestEnvironment At(BuiltRepository repository) => TestEnvironment.Default with { Clock = repository.Clock };

    private static async Task<TempFolder> SaveKeysAsync(BuiltRepository repository)
    {
        var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Combine("test.pub"), repository.Keys.Publisher.MasterPublicKeyPem);
        return folder;
    }
}
