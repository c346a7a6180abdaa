using System.Net;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

public sealed class MonitorStatusPageCommandTests
{
    [Fact]
    public async Task Writes_the_page_its_json_and_metrics()
    {
        await using var setting = await Setting.CreateAsync();
        (await setting.RunAsync("-p", "--metrics-format", "both")).Expect(ExitCodes.Done);
        foreach (string file in (string[])["index.html", "status.json", "metrics", "history.json", "page.css", "page.js", "feed.atom", "badge.svg"]) Assert.True(File.Exists(setting.Page(file)), file);
        string metrics = await File.ReadAllTextAsync(setting.Page("metrics"), TestContext.Current.CancellationToken);
        Assert.Contains("eessi_status ", metrics, StringComparison.Ordinal);
        Assert.Contains("cvmfs_probe_up{", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shows_and_checks_a_configuration_and_writes_nothing()
    {
        await using var setting = await Setting.CreateAsync();
        Assert.Contains("\"title\": \"Example\"", (await setting.RunAsync("--show-config")).Expect(ExitCodes.Done).Output, StringComparison.Ordinal);
        Assert.Contains("nothing is wrong", (await setting.RunAsync("--check")).Expect(ExitCodes.Done).Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(setting.Page("")));
    }

    [Fact]
    public async Task The_exit_code_says_how_it_is_when_asked_to()
    {
        await using var setting = await Setting.CreateAsync("http://127.0.0.1:1");
        (await setting.RunAsync()).Expect(ExitCodes.Done);
        (await setting.RunAsync("--exit-code")).Expect(2);
        await File.WriteAllTextAsync(setting.Configuration, "{}", TestContext.Current.CancellationToken);
        (await setting.RunAsync("--exit-code")).Expect(3);
        (await setting.RunAsync()).Expect(ExitCodes.Usage);
    }

    [Fact]
    public async Task Serves_the_folder_and_nothing_beside_it_until_interrupted()
    {
        await using var setting = await Setting.CreateAsync();
        using var listening = new AnnouncingWriter();
        using var interruption = new Interruption();
        using var output = new MemoryStream();
        (await setting.RunAsync()).Expect(ExitCodes.Done);
        var run = CvmfsCommandLine.RunAsync(
            ["monitor", "status-page", "-c", setting.Configuration, "-d", setting.Page(""), "--listen", "http://127.0.0.1:0"],
            new CliHost { Output = output, Error = TextWriter.Synchronized(listening), Environment = new Dictionary<string, string>(), Interruption = interruption });
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        string url = await listening.Address;
        Assert.Contains("Example", await client.GetStringAsync(url, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var json = await client.GetAsync(url + "/status.json", TestContext.Current.CancellationToken);
        Assert.Equal("application/json", json.Content.Headers.ContentType!.ToString());
        foreach (string path in (string[])["/templates/page.html", "/..%2fconfig.json", "/.partial", "/none.html", "/templates"])
        {
            using var refused = await client.GetAsync(url + path, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }

        interruption.Signal();
        int code = await run;
        Assert.True(code is ExitCodes.Done or ExitCodes.Interrupted, $"{code}");
    }

    [Fact]
    public async Task A_fleet_file_takes_the_place_of_a_configuration()
    {
        await using var setting = await Setting.CreateAsync();
        using var folder = new TempFolder();
        string fleet = folder.Combine("fleet.yaml");
        await File.WriteAllTextAsync(fleet, $$$"""
            version: 1
            name: demo
            contacts: {core: {name: Core, email: ops@demo.test}}
            environments: {prod: {monitor: full, publish_on_status_page: true, channels: prod}}
            routing: {prod: {page: hook, ticket: hook, info: hook}}
            receivers: {hook: {type: webhook, url_ref: "env:HOOK"}}
            keys: {demo-1: {type: master, pem_file: demo-1.pub, state: active}}
            domains: {example.org: {keys: [demo-1], server_order: [s1-a]}}
            repositories: {soft.example.org: {stratum0: s0, replicas: all-public, owner: core, environment: prod}}
            servers:
              s0: {host: 127.0.0.1, port: 1, role: stratum0, environment: prod, owner: core}
              s1-a: {host: 127.0.0.1, port: {{{new Uri(setting.Url).Port}}}, role: stratum1, public: true, environment: prod, owner: core, upstream: s0}
            """, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder.Combine("demo-1.pub"), setting.Repository.Keys.Publisher.MasterPublicKeyPem, TestContext.Current.CancellationToken);
        (await CliRun.RunAsync("monitor", "status-page", "--fleet", fleet, "-d", setting.Page(""))).Expect(ExitCodes.Done);
        string json = await File.ReadAllTextAsync(setting.Page("status.json"), TestContext.Current.CancellationToken);
        Assert.Contains(new Uri(setting.Url).Authority, json, StringComparison.Ordinal);
        (await CliRun.RunAsync("monitor", "status-page", "--fleet", fleet, "-c", setting.Configuration)).Expect(ExitCodes.Usage);

        var served = (await CliRun.RunAsync("monitor", "serve", "--fleet", fleet, "--once", "--no-geo")).Expect(ExitCodes.Done);
        Assert.Contains("receiver hook is told nothing: env:HOOK gives no URL", served.Error, StringComparison.Ordinal);
    }

    /// <summary>A server and a configuration that names it.</summary>
    private sealed class Setting : IAsyncDisposable
    {
        private readonly TempFolder _folder = new();
        private LoopbackServer? _server;

        public required BuiltRepository Repository { get; init; }

        public string Url => _server!.Url;

        public string Configuration => _folder.Combine("config.json");

        public static async Task<Setting> CreateAsync(string? url = null)
        {
            var setting = new Setting { Repository = await new RepositoryBuilder("soft.example.org").File("/hello", "hello").BuildAsync() };
            setting._server = await LoopbackServer.StartAsync(setting.Repository.ServerRoot);
            await File.WriteAllTextAsync(setting.Configuration, MonitorServeCommandTests.Configuration("Example", url ?? setting._server.Url), TestContext.Current.CancellationToken);
            return setting;
        }

        public string Page(string file) => Path.Combine(_folder.Path, "page", file);

        public Task<CliRun> RunAsync(params string[] args) => CliRun.RunAsync(["monitor", "status-page", "-c", Configuration, "-d", Page(""), .. args]);

        public async ValueTask DisposeAsync()
        {
            await _server!.DisposeAsync();
            Repository.Dispose();
            _folder.Dispose();
        }
    }
}
