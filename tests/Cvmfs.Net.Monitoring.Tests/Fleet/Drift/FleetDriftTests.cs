using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Cvmfs.Net.Monitoring.Fleet;
using Cvmfs.Net.Monitoring.Fleet.Drift;
using Cvmfs.Net.Monitoring.Fleet.Rendering;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Fleet.Drift;

public sealed class FleetDriftTests
{
    private static readonly ScraperOptions s_offline = new() { Resolver = (_, _, _) => throw new InvalidOperationException("nobody may be asked") };

    [Fact, Conforms("monitoring", 89)]
    public async Task A_client_that_still_lists_a_retired_server_is_told_with_file_and_line()
    {
        using var temp = await RenderClientAsync(Fleet());
        var retired = Fleet(FleetFixture.Change("host: b.demo.test,", "host: b.demo.test, state: retired,"));
        var report = await CompareClientAsync(retired, temp);
        var item = Assert.Single(report.Items);
        Assert.Equal((DriftKind.ClientConfig, "domain.d/demo.test.conf:7"), (item.Kind, item.Subject));
        Assert.Equal("lists http://b.demo.test/cvmfs/@fqrn@, which is s1-b: retired", item.Message);
        Assert.Equal("client_config: domain.d/demo.test.conf:7 lists http://b.demo.test/cvmfs/@fqrn@, which is s1-b: retired.", item.ToString());
    }

    [Fact]
    public async Task A_client_that_was_configured_by_the_file_does_not_differ_from_it()
    {
        using var temp = await RenderClientAsync(Fleet());
        var report = await CompareClientAsync(Fleet(), temp);
        Assert.Empty(report.Items);
        Assert.Empty(report.Unseen);
    }

    [Theory]
    [InlineData("domain.d/demo.test.conf", "http://c.partner.test:8000/", "http://c.partner.test/", "lists http://c.partner.test/cvmfs/@fqrn@, which is s1-c under another address than http://c.partner.test:8000/cvmfs/@fqrn@")]
    [InlineData("domain.d/demo.test.conf", "http://c.partner.test:8000/", "http://C.partner.test:8000//../", null)]
    [InlineData("domain.d/demo.test.conf", ";http://b.demo.test/cvmfs/@fqrn@", "", "does not list http://b.demo.test/cvmfs/@fqrn@")]
    [InlineData("domain.d/demo.test.conf", "http://b.demo.test", "http://stranger.test", "lists http://stranger.test/cvmfs/@fqrn@, which is no server of the file")]
    [InlineData("domain.d/demo.test.conf", "http://b.demo.test", "http://t1.demo.test", "lists http://t1.demo.test/cvmfs/@fqrn@, which is t1: not public")]
    [InlineData("domain.d/demo.test.conf", "http://a.demo.test/cvmfs/@fqrn@;http://b.demo.test/cvmfs/@fqrn@", "http://b.demo.test/cvmfs/@fqrn@;http://a.demo.test/cvmfs/@fqrn@", "has the order http://b.demo.test")]
    [InlineData("domain.d/demo.test.conf", "http://edge.cdn.test", "http://old.cdn.test", "lists http://old.cdn.test/cvmfs/@fqrn@")]
    [InlineData("default.local", "proxy2.site.test", "proxy9.site.test", "names the proxy http://proxy9.site.test:3128, which is not in the file")]
    public async Task What_differs_in_a_clients_files_is_named(string file, string what, string instead, string? message)
    {
        using var temp = await RenderClientAsync(Fleet());
        string path = Path.Combine(temp.Path, "client", file);
        string text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.Contains(what, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, text.Replace(what, instead, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var report = await CompareClientAsync(Fleet(), temp);
        if (message is null) Assert.Empty(report.Items);
        else Assert.Contains(report.Items, item => item.Kind == DriftKind.ClientConfig && item.Subject.StartsWith(file, StringComparison.Ordinal) && item.Message.StartsWith(message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_folder_that_is_no_configuration_is_not_said_to_be_in_order()
    {
        using var temp = new TempFolder();
        var report = await FleetDrift.CompareAsync(Fleet(), Files(temp.Path), TestContext.Current.CancellationToken);
        Assert.Empty(report.Items);
        Assert.Contains("has no configuration", Assert.Single(report.Unseen).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => FleetDrift.CompareAsync(Fleet(), Files(temp.Combine("none")), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Keys_of_clients_are_compared_by_what_they_are()
    {
        var fleet = Fleet();
        string other = PemOf("keys/demo-0.pub");
        using var temp = await RenderClientAsync(fleet);
        Assert.Empty((await CompareClientAsync(fleet, temp)).Items);
        string folder = Path.Combine(temp.Path, "client", "keys", "demo.test");
        File.Move(Path.Combine(folder, "demo-1.pub"), Path.Combine(folder, "renamed.pub"));
        Assert.Empty((await CompareClientAsync(fleet, temp)).Items);
        File.Delete(Path.Combine(folder, "renamed.pub"));
        await File.WriteAllTextAsync(Path.Combine(folder, "old.pub"), other, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "odd.pub"), "nothing", TestContext.Current.CancellationToken);
        Assert.Equal(
            ["keys/demo.test does not hold demo-1, which is active in the file", "keys/demo.test/odd.pub holds no public key", "keys/demo.test/old.pub is demo-0, which is retired in the file"],
            (await CompareClientAsync(fleet, temp)).Items.Select(item => $"{item.Subject} {item.Message}"));
    }

    [Fact]
    public async Task Names_are_compared_with_addresses_and_aliases_of_the_file()
    {
        var fleet = Fleet(FleetFixture.Change("host: edge.cdn.test,", "host: edge.cdn.test, dns: {cname: pool.cdn.test},") + "monitoring: {geo: {anchor: a.demo.test, hosts: [b.demo.test, gone.demo.test]}}\n");
        var names = new Dictionary<string, string[]>
        {
            ["s0.demo.test"] = ["192.0.2.9", "2001:db8::1"],
            ["bucket.s3.test"] = ["192.0.2.2"],
            ["a.demo.test"] = ["192.0.2.3"],
            ["c.partner.test"] = ["192.0.2.4"],
            ["edge.cdn.test"] = ["192.0.2.5", "192.0.2.6"],
            ["pool.cdn.test"] = ["192.0.2.6", "192.0.2.7"],
            ["t1.demo.test"] = ["192.0.2.8"],
        };
        var report = await FleetDrift.CompareAsync(fleet, new FleetDriftOptions { AsksServers = false, Scraper = new ScraperOptions { Resolver = Resolve(names) } }, TestContext.Current.CancellationToken);
        Assert.Equal(
            [
                "dns: s0 has the IPv4 addresses 192.0.2.9, and the file says 192.0.2.1.",
                "dns: s1-b has the name b.demo.test, which does not resolve: Unknown host.",
                "geo: b.demo.test does not resolve, and the geo API is asked about it: Unknown host.",
                "geo: gone.demo.test does not resolve, and the geo API is asked about it: Unknown host.",
            ],
            report.Items.Select(item => item.ToString().Replace(new SocketException((int)SocketError.HostNotFound).Message, "Unknown host", StringComparison.Ordinal)));
        Assert.Equal((false, true, true), (report.NamesThatMatch["s0"], report.NamesThatMatch["edge"], report.NamesThatMatch["s1-a"]));

        names["pool.cdn.test"] = ["198.51.100.1"];
        report = await FleetDrift.CompareAsync(fleet, new FleetDriftOptions { AsksServers = false, Scraper = new ScraperOptions { Resolver = Resolve(names) } }, TestContext.Current.CancellationToken);
        Assert.Contains("dns: edge leads to 192.0.2.5, 192.0.2.6, and the file says pool.cdn.test, which is 198.51.100.1.", report.Items.Select(item => item.ToString()));
        string[] metrics = report.ToMetrics().Split('\n');
        Assert.Contains("cvmfs_fleet_drift_items{kind=\"dns\"} 3", metrics);
        Assert.Contains("cvmfs_probe_dns_matches_fleet{server=\"s0\",environment=\"prod\"} 0", metrics);
    }

    [Fact]
    public async Task Servers_are_compared_by_what_they_list_sign_and_recommend()
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var world = new FakeFleet();
        var healthy = await world.AddAsync(repository.ServerRoot, FakeFleet.Either(FakeFleet.Lists(), FakeFleet.Answer("/meta.json", 200, """{"administrator":"Somebody","email":"else@example.org"}""")));
        var more = await world.AddAsync(repository.ServerRoot, FakeFleet.Answer("/repositories.json", 200, """{"schema":1,"replicas":[{"name":"soft.example.org","url":"/cvmfs/soft.example.org"},{"name":"stray.example.org","url":"/cvmfs/stray.example.org"}]}"""));
        var empty = await world.AddAsync(Path.Combine(repository.ServerRoot, "none"), FakeFleet.Answer("/repositories.json", 200, """{"schema":1,"replicas":[]}"""));
        var dead = new ScrapeTarget(new Uri("http://127.0.0.1:1"));
        var fleet = Live(repository, TestKeys.For(repository.Name).Publisher.MasterPublicKeyPem, "active", healthy, more, empty, dead);
        var report = await FleetDrift.CompareAsync(fleet, Servers(repository), TestContext.Current.CancellationToken);
        Assert.Equal(
            [
                "metainfo: one names else@example.org, and the file says ops@example.org.",
                "metainfo: soft.example.org names owner@example.org, and the file says ops@example.org.",
                "replicas: three has no soft.example.org, which the file says it has.",
                "replicas: two has stray.example.org, which is not in the file.",
            ],
            report.Items.Select(item => item.ToString()));
        Assert.Equal(("four", DriftKind.Replicas), (Assert.Single(report.Unseen).Subject, report.Unseen[0].Kind));

        using var json = JsonDocument.Parse(report.ToJson());
        Assert.Equal(["metainfo", "metainfo", "replicas", "replicas"], json.RootElement.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("kind").GetString()));
        Assert.Equal(fleet.Digest, json.RootElement.GetProperty("digest").GetString());
    }

    [Fact]
    public async Task A_repository_that_recommends_other_servers_is_told()
    {
        using var repository = await new RepositoryBuilder("soft.example.org").File("/hello", "hello")
            .Options(options => options with { MetaInfo = """{"recommended-stratum1s":["http://old.example.org/cvmfs/soft.example.org"]}""" }).BuildAsync();
        await using var world = new FakeFleet();
        var server = await world.AddAsync(repository.ServerRoot, FakeFleet.Lists());
        using var ways = new CountingHandler();
        var options = Servers(repository) with { Scraper = ScrapeKit.Options(repository) with { Handler = ways } };
        var report = await FleetDrift.CompareAsync(Live(repository, TestKeys.For(repository.Name).Publisher.MasterPublicKeyPem, "active", [server], ", public: true"), options, TestContext.Current.CancellationToken);
        Assert.Single(ways.Asked, url => url.EndsWith('M')); // by the way that the options say, with their limits
        Assert.Equal(
            [$"does not recommend {server.BaseUrl.AbsoluteUri.TrimEnd('/')}/cvmfs/@fqrn@", "recommends http://old.example.org/cvmfs/@fqrn@, which is no server of the file"],
            report.Items.Where(item => item.Kind == DriftKind.MetaInfo).Select(item => item.Message));
    }

    [Fact]
    public async Task Meta_information_that_is_not_what_the_manifest_names_is_not_believed()
    {
        using var repository = await new RepositoryBuilder("soft.example.org").File("/hello", "hello")
            .Options(options => options with { MetaInfo = """{"recommended-stratum1s":["http://old.example.org/cvmfs/soft.example.org"]}""" }).BuildAsync();
        await using var world = new FakeFleet();
        var server = await world.AddAsync(repository.ServerRoot, FakeFleet.Lists());
        foreach (string file in Directory.EnumerateFiles(repository.ServerRoot, "*M", SearchOption.AllDirectories)) await File.AppendAllTextAsync(file, "x", TestContext.Current.CancellationToken);
        var report = await FleetDrift.CompareAsync(Live(repository, TestKeys.For(repository.Name).Publisher.MasterPublicKeyPem, "active", [server], ", public: true"), Servers(repository), TestContext.Current.CancellationToken);
        Assert.DoesNotContain(report.Items, item => item.Kind == DriftKind.MetaInfo);
        Assert.Contains("hashes to", Assert.Single(report.Unseen, item => item.Kind == DriftKind.MetaInfo).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1,2", false)]
    [InlineData("2,1", true)]
    public async Task A_geo_api_that_knows_other_places_than_the_file_is_told(string answer, bool isWrong)
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var world = new FakeFleet();
        var server = await world.AddAsync(repository.ServerRoot, FakeFleet.Either(FakeFleet.Lists(), async context =>
        {
            if (!context.Request.Path.Value!.Contains("/geo/", StringComparison.Ordinal)) return false;
            await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, answer + "\n", context.RequestAborted);
            return true;
        }));
        string yaml = FleetYamlOf(repository, TestKeys.For(repository.Name).Publisher.MasterPublicKeyPem, "active", [server], ", public: true, location: {lat: 50, lon: 8}").Replace($"host: {server.BaseUrl.Host}", "host: near.example.org", StringComparison.Ordinal)
            + "  far: {host: far.example.org, role: stratum1, environment: test, owner: core, backend: cvmfs, public: true, location: {lat: -30, lon: 150}}\n";
        var fleet = FleetReader.Read([("live.yaml", yaml)], FleetFixture.Now).Fleet!;
        var resolver = Resolve(new() { ["near.example.org"] = ["127.0.0.1"] });
        var report = await FleetDrift.CompareAsync(fleet, new FleetDriftOptions { AsksNames = false, Scraper = ScrapeKit.Options(repository) with { GeoQueries = [GeoQuery.Default], Resolver = resolver } }, TestContext.Current.CancellationToken);
        var items = report.Items.Where(item => item.Kind == DriftKind.Geo).ToList();
        if (isWrong) Assert.StartsWith("orders near.example.org, far.example.org for a client at far.example.org", Assert.Single(items).Message, StringComparison.Ordinal);
        else Assert.Empty(items);
        Assert.Contains(DriftKind.Geo, report.Compared);
    }

    [Theory]
    [InlineData(true, "next", "has a whitelist signed by main, which is next in the file")]
    [InlineData(false, "active", "has a whitelist that no key of the file signed")]
    [InlineData(true, "active", null)]
    public async Task Whoever_signed_must_be_an_active_key_of_the_domain(bool isOwn, string state, string? message)
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var world = new FakeFleet();
        var server = await world.AddAsync(repository.ServerRoot, FakeFleet.Lists());
        var keys = isOwn ? TestKeys.For(repository.Name) : TestKeys.Stranger;
        var report = await FleetDrift.CompareAsync(Live(repository, keys.Publisher.MasterPublicKeyPem, state, server), Servers(repository), TestContext.Current.CancellationToken);
        var items = report.Items.Where(item => item.Kind == DriftKind.Keys).ToList();
        if (message is null) Assert.Empty(items);
        else Assert.Equal(("soft.example.org on one", message), (Assert.Single(items).Subject, items[0].Message));
    }

    [Fact]
    public async Task Files_of_prometheus_and_the_status_page_are_compared_by_what_they_name()
    {
        using var temp = new TempFolder();
        var token = TestContext.Current.CancellationToken;
        foreach (string format in (string[])["prometheus-sd", "status-page"]) await new FleetOutputFolder(temp.Path).WriteAsync(format, FleetRenderer.Render(Fleet(), format, FleetFixture.Now), token);
        var options = new FleetDriftOptions
        {
            Scraper = s_offline,
            AsksNames = false,
            AsksServers = false,
            PrometheusTargets = [Path.Combine(temp.Path, "prometheus", "targets.json"), Path.Combine(temp.Path, "prometheus", "probes.json")],
            StatusPages = [Path.Combine(temp.Path, "status-page", "prod.json"), Path.Combine(temp.Path, "status-page", "test.json")],
        };
        Assert.Empty((await FleetDrift.CompareAsync(Fleet(), options, token)).Items);
        var moved = await FleetDrift.CompareAsync(Fleet(FleetFixture.Change("host: a.demo.test,", "host: z.demo.test,")), options, token);
        Assert.Contains(moved.Items, item => item.Kind == DriftKind.Prometheus && item.Message == "has the target a.demo.test:9100, which does not follow from the file");
        Assert.Contains(moved.Items, item => item.Kind == DriftKind.StatusPage && item.Message == "does not show z.demo.test, a server of prod");
        await File.WriteAllTextAsync(Path.Combine(temp.Path, "prometheus", "targets.json"), "{}", token);
        Assert.Single((await FleetDrift.CompareAsync(Fleet(), options, token)).Unseen);
    }

    /// <summary>The fleet with one of everything, and keys that are keys.</summary>
    private static FleetDescription Fleet(string? yaml = null)
    {
        var result = FleetReader.Read([("fleet.yaml", yaml ?? FleetFixture.Yaml)], FleetFixture.Now, PemOf);
        Assert.True(result.Fleet is not null, string.Join('\n', result.Problems));
        return result.Fleet!;
    }

    private static string PemOf(string name) => TestKeys.For(RepositoryNameOf(Path.GetFileNameWithoutExtension(name))).Publisher.MasterPublicKeyPem;

    private static Manifests.RepositoryName RepositoryNameOf(string label) => Manifests.RepositoryName.Parse(label + ".demo.test");

    private static FleetDriftOptions Files(string folder) => new() { Scraper = s_offline, AsksNames = false, AsksServers = false, ClientConfigurations = [folder] };

    private static FleetDriftOptions Servers(BuiltRepository repository) => new() { AsksNames = false, Scraper = ScrapeKit.Options(repository) };

    private static Task<FleetDriftReport> CompareClientAsync(FleetDescription fleet, TempFolder folder)
        => FleetDrift.CompareAsync(fleet, Files(folder.Combine("client")) with { Scraper = s_offline with { TimeProvider = new FakeClock(FleetFixture.Now) } }, TestContext.Current.CancellationToken);

    /// <summary>What the file makes for clients, its site as that of this client.</summary>
    private static async Task<TempFolder> RenderClientAsync(FleetDescription fleet)
    {
        var temp = new TempFolder();
        await new FleetOutputFolder(temp.Path).WriteAsync("client", FleetRenderer.Render(fleet, "client", FleetFixture.Now), TestContext.Current.CancellationToken);
        File.Copy(Path.Combine(temp.Path, "client", "sites", "campus", "default.local"), Path.Combine(temp.Path, "client", "default.local"));
        return temp;
    }

    private static FleetDescription Live(BuiltRepository repository, string pem, string state, params ScrapeTarget[] servers) => Live(repository, pem, state, servers, "");

    private static FleetDescription Live(BuiltRepository repository, string pem, string state, ScrapeTarget[] servers, string more)
    {
        var result = FleetReader.Read([("live.yaml", FleetYamlOf(repository, pem, state, servers, more))], FleetFixture.Now);
        Assert.True(result.Fleet is not null, string.Join('\n', result.Problems));
        return result.Fleet!;
    }

    private static string FleetYamlOf(BuiltRepository repository, string pem, string state, ScrapeTarget[] servers, string more)
    {
        string[] ids = ["one", "two", "three", "four"];
        return $$$"""
            version: 1
            name: live
            contacts: {core: {name: Core, email: ops@example.org}}
            environments: {test: {channels: test}}
            routing: {test: {page: r, ticket: r, info: r}}
            receivers: {r: {type: email, to: ops@example.org}}
            keys:
              main: {type: master, state: {{{state}}}, pem: {{{JsonSerializer.Serialize(pem)}}} }
              other: {type: master, state: active, pem: {{{JsonSerializer.Serialize(TestKeys.For(RepositoryNameOf("other")).Publisher.MasterPublicKeyPem)}}} }
            domains: {example.org: {keys: [main, other], server_order: []}}
            repositories: { {{{repository.Name}}}: {replicas: [{{{string.Join(", ", ids[..servers.Length])}}}], owner: core, environment: test}}
            servers:

            """ + string.Concat(servers.Zip(ids, (server, id) => $"  {id}: {{host: {server.BaseUrl.Host}, port: {server.BaseUrl.Port}, role: stratum1, environment: test, owner: core, backend: cvmfs{more}}}\n"));
    }

    private static Func<string, AddressFamily, CancellationToken, Task<IPAddress[]>> Resolve(Dictionary<string, string[]> names) => (host, family, _) =>
        names.TryGetValue(host, out string[]? addresses)
            ? Task.FromResult(addresses.Select(IPAddress.Parse).Where(address => address.AddressFamily == family).ToArray())
            : Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound));

    private sealed class CountingHandler : DelegatingHandler
    {
        public CountingHandler() => InnerHandler = new SocketsHttpHandler { UseProxy = false };

        public System.Collections.Concurrent.ConcurrentBag<string> Asked { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add(request.RequestUri!.AbsolutePath);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
