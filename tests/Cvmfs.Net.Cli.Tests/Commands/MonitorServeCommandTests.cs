using System.Text.Json;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

public sealed class MonitorServeCommandTests
{
    [Fact]
    public async Task Serves_page_and_metrics_reads_its_file_anew_at_a_hang_up_and_ends_in_order()
    {
        using var repository = await new RepositoryBuilder("soft.example.org").File("/hello", "hello").BuildAsync();
        await using var server = await LoopbackServer.StartAsync(repository.ServerRoot);
        using var folder = new TempFolder();
        string configuration = folder.Combine("config.json");
        await File.WriteAllTextAsync(configuration, Configuration("Before", server.Url), TestContext.Current.CancellationToken);
        using var listening = new AnnouncingWriter();
        using var interruption = new Interruption();
        using var output = new MemoryStream();
        var run = CvmfsCommandLine.RunAsync(
            ["monitor", "serve", "-c", configuration, "--listen", "http://127.0.0.1:0", "--admin", "http://127.0.0.1:0", "--interval", "5s", "--database", folder.Combine("m.db"), "--no-geo"],
            new CliHost { Output = output, Error = TextWriter.Synchronized(listening), Environment = new Dictionary<string, string>(), Interruption = interruption });
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        string url = await listening.Address;

        Assert.Equal("Before", await TitleAsync(_ => true));
        Assert.Equal(400, await ServermonAsync("127.0.0.1:1"));
        Assert.Contains("cvmfs_probe_up{", await client.GetStringAsync(url + "/metrics", TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await File.WriteAllTextAsync(configuration, "{", TestContext.Current.CancellationToken);
        Assert.True(interruption.HangUp());
        await File.WriteAllTextAsync(configuration, Configuration("After", server.Url, "http://127.0.0.1:1"), TestContext.Current.CancellationToken);
        interruption.HangUp();
        Assert.Equal("After", await TitleAsync(title => title == "After"));
        Assert.Equal(502, await ServermonAsync("127.0.0.1:1")); // known now, though it is away

        interruption.Signal();
        Assert.Equal(ExitCodes.Done, await run);
        Assert.True(File.Exists(folder.Combine("m.db")));

        async Task<int> ServermonAsync(string alias)
        {
            using var response = await client.GetAsync($"{url}/cvmfsmon/api/v1.0/ok&server={alias}", TestContext.Current.CancellationToken);
            return (int)response.StatusCode;
        }

        async Task<string> TitleAsync(Func<string, bool> isWanted)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (true)
            {
                using var response = await client.GetAsync(url + "/status.json", limit.Token);
                if (response.IsSuccessStatusCode)
                {
                    using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(limit.Token));
                    string title = json.RootElement.GetProperty("title").GetString()!;
                    if (isWanted(title)) return title;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token); // from outside, there is no event to wait for
            }
        }
    }

    [Fact]
    public async Task Once_looks_and_tells_how_it_is()
    {
        using var repository = await new RepositoryBuilder("soft.example.org").File("/hello", "hello").BuildAsync();
        await using var server = await LoopbackServer.StartAsync(repository.ServerRoot);
        var run = (await CliRun.RunAsync("monitor", "serve", server.Url, "127.0.0.1:1", "--once", "--no-geo")).Expect(ExitCodes.Done);
        Assert.Matches(@"^[A-Z]+: \d of 2 servers OK, \d+ incidents\.\n$", run.Output);
        Assert.Contains("127.0.0.1:1", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("a..b")]
    [InlineData("host", "--fleet", "fleet.yaml")]
    [InlineData("host", "-c", "config.json")]
    [InlineData("host", "--interval", "1s")]
    [InlineData("host", "--object-budget", "much")]
    [InlineData("host", "--webhook", "nonsense")]
    [InlineData("host", "--environment", "prod")]
    [InlineData("--fleet", "there-is-none.yaml")]
    public async Task Nonsense_is_exit_code_2(params string[] args) => (await CliRun.RunAsync(["monitor", "serve", .. args])).Expect(ExitCodes.Usage);

    [Fact]
    public async Task A_secret_in_a_wrong_webhook_is_not_printed()
        => Assert.DoesNotContain("hunter2", (await CliRun.RunAsync("monitor", "serve", "host", "--webhook", "urgent=ftp://x/hunter2")).Error, StringComparison.Ordinal);

    internal static string Configuration(string title, params string[] hosts) => $$"""
        {"meta": {"title": "{{title}}", "logging_level": "WARN", "contact_email": "", "repo_url": "", "repo_url_text": ""}, "repositories": ["soft.example.org"], "ignored_repositories": [],
         "servers": [{{string.Join(',', hosts.Select(host => $$"""{"hostname": "{{new Uri(host).Authority}}", "server_type": "Stratum1", "backend_type": "S3"}"""))}}]}
        """;
}
