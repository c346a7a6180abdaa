using System.Text.Json;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

public sealed class FleetCommandTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task Check_says_what_there_is_or_every_fault_with_its_line()
    {
        string file = await WriteAsync();
        Assert.Matches("^small: 2 servers in use, 1 repositories, 0 proxies; digest [0-9a-f]{12}.\n$", (await CliRun.RunAsync("fleet", "check", file)).Expect(ExitCodes.Done).Output);
        var bad = (await CliRun.RunAsync("fleet", "check", await WriteAsync(yaml => yaml.Replace("[one, two], owner: core", "[one, two], owner: nobody", StringComparison.Ordinal)))).Expect(ExitCodes.Failed);
        Assert.Contains("fleet.yaml:9: error: repositories.soft.example.org.owner names the contact \"nobody\"", bad.Error, StringComparison.Ordinal);
        Assert.Empty(bad.Output);
        Assert.Contains("does not exist", (await CliRun.RunAsync("fleet", "check", _folder.Combine("none.yaml"))).Expect(ExitCodes.Usage).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_writes_and_check_and_diff_tell_what_would_change()
    {
        string file = await WriteAsync(), output = _folder.Combine("out");
        (await CliRun.RunAsync("fleet", "render", file, "-d", output)).Expect(ExitCodes.Done);
        foreach (string made in (string[])["grafana/cvmfs-overview.json", "prometheus/rules.yml", "calendar/rotation.ics", "client/domain.d/example.org.conf", "fleet.schema.json"]) Assert.True(File.Exists(Path.Combine(output, made)), made);
        Assert.Contains("0 files are not as they should be", (await CliRun.RunAsync("fleet", "render", file, "-d", output, "--check")).Expect(ExitCodes.Done).Error, StringComparison.Ordinal);

        string changed = await WriteAsync(yaml => yaml.Replace("server_order: [one]", "server_order: [two, one]", StringComparison.Ordinal));
        var run = (await CliRun.RunAsync("fleet", "render", changed, "-d", output, "--format", "client", "--check", "--diff")).Expect(ExitCodes.Failed);
        Assert.Contains("changed client/domain.d/example.org.conf", run.Lines);
        Assert.Contains("-CVMFS_SERVER_URL=\"http://127.0.0.1:1/cvmfs/@fqrn@\"", run.Lines);
        Assert.Contains("+CVMFS_SERVER_URL=\"http://127.0.0.1:2/cvmfs/@fqrn@;http://127.0.0.1:1/cvmfs/@fqrn@\"", run.Lines);
        Assert.Contains("http://127.0.0.1:1/cvmfs/@fqrn@\"\n", await File.ReadAllTextAsync(Path.Combine(output, "client/domain.d/example.org.conf"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        (await CliRun.RunAsync("fleet", "render", changed, "--format", "none")).Expect(ExitCodes.Usage);
    }

    [Fact]
    public async Task Drift_compares_with_clients_and_ends_with_what_it_found()
    {
        string file = await WriteAsync(), output = _folder.Combine("out"), client = Path.Combine(output, "client");
        (await CliRun.RunAsync("fleet", "render", file, "-d", output, "--format", "client")).Expect(ExitCodes.Done);
        string[] compare = ["fleet", "drift", file, "--no-servers", "--no-dns", "--client-config", client];
        Assert.Contains("0 differences from the fleet file of small, 0 things not compared.", (await CliRun.RunAsync(compare)).Expect(ExitCodes.Done).Error, StringComparison.Ordinal);

        await WriteAsync(yaml => yaml.Replace("one: {host", "one: {state: retired, host", StringComparison.Ordinal));
        string line = "client_config: domain.d/example.org.conf:3 lists http://127.0.0.1:1/cvmfs/@fqrn@, which is one: retired.";
        Assert.Equal(line, Assert.Single((await CliRun.RunAsync(compare)).Expect(ExitCodes.Failed).Lines));
        using var json = JsonDocument.Parse((await CliRun.RunAsync([.. compare, "--json"])).Expect(ExitCodes.Failed).Output);
        Assert.Equal("client_config", json.RootElement.GetProperty("items")[0].GetProperty("kind").GetString());
        Assert.Contains("cvmfs_fleet_drift_items{kind=\"client_config\"} 1\n", (await CliRun.RunAsync([.. compare, "--prometheus"])).Expect(ExitCodes.Failed).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drift_of_servers_that_do_not_answer_is_not_known()
    {
        var run = (await CliRun.RunAsync("fleet", "drift", await WriteAsync(), "--no-dns", "--no-geo")).Expect(ExitCodes.UpstreamUnreachable);
        Assert.Contains("not compared: replicas: one does not answer", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Calendar_says_when_to_act_and_ends_with_1_when_it_is_time()
    {
        var at = new TestEnvironment { Clock = new FakeClock(new DateTimeOffset(2026, 1, 10, 12, 0, 0, TimeSpan.Zero)) };
        var late = (await CliRun.RunAsync(at, "fleet", "calendar", await WriteAsync(yaml => yaml.Replace("state: active,", "state: active, valid_until: 2026-02-01,", StringComparison.Ordinal)
            .Replace("keys: {main:", $"keys: {{later: {{type: master, state: next, pem: {JsonSerializer.Serialize(TestKeys.Stranger.Publisher.MasterPublicKeyPem)}}}, main:", StringComparison.Ordinal).Replace("keys: [main]", "keys: [main, later]", StringComparison.Ordinal)), "--offline")).Expect(ExitCodes.Failed);
        Assert.Contains("2026-01-02  2026-02-01  key          main: ends; ship the next key to clients, then sign whitelists with that", late.Lines);
        string file = await WriteAsync(yaml => yaml.Replace("state: active,", "state: active, valid_until: 2026-06-01,", StringComparison.Ordinal));
        (await CliRun.RunAsync(at, "fleet", "calendar", file, "--offline")).Expect(ExitCodes.Done);
        Assert.StartsWith("BEGIN:VCALENDAR\r\n", (await CliRun.RunAsync(at, "fleet", "calendar", file, "--offline", "--ical")).Expect(ExitCodes.Done).Output, StringComparison.Ordinal);
        Assert.Contains("one does not answer", (await CliRun.RunAsync("fleet", "calendar", await WriteAsync())).Expect(ExitCodes.UpstreamUnreachable).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schema_is_json()
    {
        using var schema = JsonDocument.Parse((await CliRun.RunAsync("fleet", "schema")).Expect(ExitCodes.Done).Output);
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", schema.RootElement.GetProperty("$schema").GetString());
    }

    [Theory]
    [InlineData("fleet", "drift")]
    [InlineData("fleet", "drift", "f.yaml", "--json", "--prometheus")]
    [InlineData("fleet", "drift", "f.yaml", "--no-servers", "--no-dns")]
    [InlineData("fleet", "drift", "f.yaml", "--timeout", "0")]
    [InlineData("fleet", "calendar")]
    [InlineData("fleet", "schema", "more")]
    public async Task Nonsense_is_exit_code_2(params string[] args) => (await CliRun.RunAsync(args)).Expect(ExitCodes.Usage);

    [Theory]
    [InlineData("check", "fleet check fleet.yaml")]
    [InlineData("render", "--format client --check --diff")]
    [InlineData("drift", "--client-config /etc/cvmfs")]
    [InlineData("calendar", "--ical > rotation.ics")]
    [InlineData("schema", "fleet schema > fleet.schema.json")]
    public async Task Help_has_examples(string verb, string example) => Assert.Contains(example, (await CliRun.RunAsync("fleet", verb, "--help")).Expect(ExitCodes.Done).Output, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    private async Task<string> WriteAsync(Func<string, string>? change = null)
    {
        string yaml = $$$"""
            version: 1
            name: small
            contacts: {core: {name: Core, email: ops@example.org}}
            environments: {test: {channels: test}}
            routing: {test: {page: r, ticket: r, info: r}}
            receivers: {r: {type: email, to: ops@example.org}}
            keys: {main: {type: master, state: active, pem: {{{JsonSerializer.Serialize(TestKeys.Stranger.Publisher.MasterPublicKeyPem)}}} }}
            domains: {example.org: {keys: [main], server_order: [one]}}
            repositories: {soft.example.org: {replicas: [one, two], owner: core, environment: test}}
            servers:
              one: {host: 127.0.0.1, port: 1, role: stratum1, environment: test, owner: core, backend: cvmfs, public: true, location: {lat: 50, lon: 8}}
              two: {host: 127.0.0.1, port: 2, role: stratum1, environment: test, owner: core, backend: cvmfs, public: true, location: {lat: 50, lon: 8}}

            """;
        string path = _folder.Combine("fleet.yaml");
        await File.WriteAllTextAsync(path, change?.Invoke(yaml) ?? yaml, TestContext.Current.CancellationToken);
        return path;
    }
}
