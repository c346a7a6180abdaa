using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

public sealed class ReplicaCommandTests
{
    [Fact]
    [Conforms("stratum1", 37)]
    [Conforms("stratum1", 58)]
    public async Task A_filter_is_remembered_and_a_whole_copy_is_only_made_when_asked_for()
    {
        using var upstream = await new RepositoryBuilder().Nested("/a").Files("/a", 2).Nested("/b").Files("/b", 2).BuildAsync();
        using var folder = new TempFolder();
        string key = folder.Write("key.pub", System.Text.Encoding.ASCII.GetBytes(upstream.Keys.Publisher.MasterPublicKeyPem));
        string filter = folder.Write("filter", "/a\n"u8);
        string wrong = folder.Write("wrong", "/a\n!/a\n"u8);
        string[] snapshot = ["replica", "snapshot", "--upstream", upstream.Path, "-k", key, "--storage", folder.Combine("replica")];

        Assert.Contains("line 2", (await CliRun.RunAsync([.. snapshot, "--filter", wrong])).Expect(2).Error, StringComparison.Ordinal);
        (await CliRun.RunAsync([.. snapshot, "--filter", filter, "--no-filter"])).Expect(2);
        (await CliRun.RunAsync([.. snapshot, "--filter", filter])).Expect(0);
        Assert.Contains("--no-filter", (await CliRun.RunAsync(snapshot)).Expect(2).Error, StringComparison.Ordinal);
        (await CliRun.RunAsync([.. snapshot, "--no-filter"])).Expect(0);
        (await CliRun.RunAsync(snapshot)).Expect(0);
    }

    [Fact]
    [Conforms("stratum1", 42)]
    public async Task A_cache_is_filled_and_found_full_the_second_time()
    {
        using var upstream = await new RepositoryBuilder().File("/hello", "hello").BuildAsync();
        using var folder = new TempFolder();
        string key = folder.Write("key.pub", System.Text.Encoding.ASCII.GetBytes(upstream.Keys.Publisher.MasterPublicKeyPem));
        string[] preload = ["replica", "preload", "--upstream", upstream.Path, "-k", key, "--cache", folder.Combine("cache"), "--json"];
        Assert.Contains("\"updated\"", (await CliRun.RunAsync(preload)).Expect(0).Output, StringComparison.Ordinal);
        Assert.True(File.Exists(folder.Combine($"cache/cvmfschecksum.{upstream.Name}")));
        Assert.Contains("\"unchanged\"", (await CliRun.RunAsync(preload)).Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    [Conforms("stratum1", 66)]
    public async Task The_classic_log_is_written_where_it_is_asked_for()
    {
        using var upstream = await new RepositoryBuilder().BuildAsync();
        using var folder = new TempFolder();
        string key = folder.Write("key.pub", System.Text.Encoding.ASCII.GetBytes(upstream.Keys.Publisher.MasterPublicKeyPem));
        (await CliRun.RunAsync("replica", "snapshot", "--upstream", upstream.Path, "-k", key, "--storage", folder.Combine("sw.example.org"), "--log", folder.Combine("log"), "-t")).Expect(0);
        Assert.StartsWith("Starting sw.example.org at ", await File.ReadAllTextAsync(folder.Combine("log"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--bandwidth", "fast", "--bandwidth: \"fast\"")]
    [InlineData("--bandwidth", "50", "expected 1000 or more")]
    [InlineData("--bandwidth", "-1MB", "--bandwidth")]
    [InlineData("--proxy", "http://a:1;;DIRECT", "--proxy: member 1 of group 2")]
    [InlineData("--proxy", "squid/path", "http://HOST:PORT or DIRECT")]
    public async Task Bandwidth_and_proxies_that_make_no_sense_are_refused(string option, string value, string expected)
    {
        var run = await CliRun.RunAsync("replica", "snapshot", "--upstream", "http://127.0.0.1:1/cvmfs/x.example.org", "-k", "none", "--storage", "none", $"{option}={value}");
        Assert.Contains(expected, run.Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_goes_through_the_proxies_that_are_given()
    {
        using var upstream = await new RepositoryBuilder().File("/f", "content").BuildAsync();
        await using var proxy = await FakeStratum.StartAsync();
        proxy.MountRepository(upstream.Name.ToString(), upstream.Path);
        using var folder = new TempFolder();
        string key = folder.Write("key.pub", System.Text.Encoding.ASCII.GetBytes(upstream.Keys.Publisher.MasterPublicKeyPem));
        string url = $"http://stratum0.invalid/cvmfs/{upstream.Name}";
        (await CliRun.RunAsync(
            "replica", "snapshot", "--upstream", url, "-k", key, "--storage", folder.Combine("replica"),
            "--proxy", $"http://127.0.0.1:1;{proxy.BaseUrl}", "--bandwidth", "50MB")).Expect(0);
        Assert.NotEmpty(proxy.Requests);
    }
}
