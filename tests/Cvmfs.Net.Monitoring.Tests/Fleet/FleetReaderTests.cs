using Cvmfs.Net.Monitoring.Fleet;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Fleet;

public sealed class FleetReaderTests
{
    [Fact, Conforms("monitoring", 79)]
    public void A_whole_fleet_is_read_without_a_word()
    {
        var result = FleetFixture.Read();
        Assert.Empty(result.Problems);
        var fleet = result.Fleet!;
        Assert.Equal(["s1-a", "s1-b", "s1-c"], fleet.Repositories["soft.demo.test"].Replicas);
        Assert.Equal(("demo.test", TimeSpan.FromMinutes(45)), (fleet.Repositories["soft.demo.test"].Domain, fleet.Repositories["soft.demo.test"].MaxLag));
        Assert.Equal(("c.partner.test:8000", "https://bucket.s3.test/cvmfs/@fqrn@"), (fleet.Servers["s1-c"].Authority, fleet.Servers["bucket"].ClientUrl));
    }

    [Theory, Conforms("monitoring", 79)]
    [InlineData("host: b.demo.test", "host: a.demo.test", "servers.s1-b has the same host, port and role as s1-a")]
    [InlineData("sync: bucket", "sync: buket", "repositories.soft.demo.test names the server \"buket\", which is not in the file")]
    [InlineData("owner: partner, provider: p3", "provider: p3", "servers.s1-c is a public Stratum 1 without an owner")]
    [InlineData("region: us, upstream: bucket", "region: us", "servers.s1-b is a Stratum 1 in prod without an upstream")]
    [InlineData("sync: bucket, replicas: all-public", "replicas: all-public", "servers.bucket is an S3 server that no repository names")]
    [InlineData("pem_file: keys/demo-1.pub, state: active", "pem_file: keys/demo-1.pub, state: next", "repositories.soft.demo.test has no active key: those of demo.test are demo-0 (retired), demo-1 (next), demo-2 (next)")]
    [InlineData("max_gc_age: 10d, ", "", "repositories.soft.demo.test is garbage_collectable and has no max_gc_age")]
    [InlineData("role: cdn, origin: s1-a", "role: cdn", "servers.edge is a CDN without an origin")]
    [InlineData("site: campus, environment: prod, owner: core}", "site: campus, environment: prod, owner: core, upstreams: [bucket]}", "proxies.px2 is an http proxy for bucket, which speaks https only")]
    [InlineData("to: 2026-01-12T10:00:00Z", "to: 2026-01-11T10:00:00Z", "maintenance[0] ends before it starts")]
    [InlineData("server_order: [s1-a, s1-b, s1-c]", "server_order: [s1-a, s0]", "domains.demo.test has s0 in an order for clients, which is not public")]
    [InlineData("public: true, environment: prod, owner: core, provider: p2", "public: true, state: planned, environment: prod, owner: core, provider: p2", "has s1-b in an order for clients, which is planned")]
    [InlineData("px1: {host", "s1-a: {host", "proxies.s1-a has the id of a server")]
    [InlineData("channels: test}", "channels: tset}", "environments.test.channels names the routing \"tset\"")]
    [InlineData("page: pager,", "page: nobody,", "names the receiver \"nobody\"")]
    [InlineData("url_ref: \"env:PD_KEY\"", "url_ref: \"https://events.example/secret\"", "receivers.pager has a url_ref that is no reference")]
    [InlineData("keys/demo-1.pub", "keys/lost.pub", "keys.demo-1 names the file keys/lost.pub, which is not there")]
    [InlineData("role: stratum0,", "role: stratum-0,", "servers.s0.role is \"stratum-0\", expected stratum0, stratum1, sync, cdn, gateway or bucket")]
    [InlineData("port: 8000, role", "port: 80000, role", "servers.s1-c.port is \"80000\", expected a port from 1 to 65535")]
    [InlineData("max_lag: 45m", "max_lag: 45 minutes", "max_lag is \"45 minutes\", expected a duration such as 45m")]
    [InlineData("tier: critical, owner: core, dns", "teir: critical, owner: core, dns", "servers.s0.teir is no key that is known here")]
    [InlineData("host: s0.demo.test, ", "", "servers.s0 has no host")]
    [InlineData("version: 1", "version: 2", "version is \"2\", expected")]
    [InlineData("t1: {host", "T_1: {host", "\"T_1\" is no id")]
    public void Faults_are_told_with_line_key_and_reason(string what, string instead, string message)
    {
        int line = FleetFixture.Yaml[..FleetFixture.Yaml.IndexOf(what, StringComparison.Ordinal)].Count(c => c == '\n') + 1;
        var result = FleetFixture.Read(FleetFixture.Change(what, instead));
        Assert.Null(result.Fleet);
        var problem = Assert.Single(result.Problems, problem => problem.IsError && problem.ToString().Contains(message, StringComparison.Ordinal));
        Assert.Equal("fleet.yaml", problem.File);
        if (!message.Contains("of demo.test are", StringComparison.Ordinal) && !message.StartsWith("has s1-b", StringComparison.Ordinal) && !message.StartsWith("servers.bucket", StringComparison.Ordinal)) Assert.Equal(line, problem.Line);
    }

    [Theory]
    [InlineData("a: [1", "no YAML")]
    [InlineData("a: 1\na: 2", "a is there twice")]
    [InlineData("a: &x 1\nb: *x", "aliases are not read")]
    [InlineData("a: 1\n---\nb: 2", "a second document begins")]
    [InlineData("- 1", "is a list, expected a mapping")]
    [InlineData("", "is empty, expected a fleet")]
    public void What_is_no_such_yaml_is_refused_with_its_line(string yaml, string message) => Assert.Contains(message, Assert.Single(FleetFixture.Read(yaml).Problems).ToString(), StringComparison.Ordinal);

    [Fact]
    public void Deep_nesting_and_every_prefix_of_a_file_end_in_problems_and_never_in_a_crash()
    {
        Assert.Contains("nested deeper", FleetFixture.Read("a: " + new string('[', 100) + new string(']', 100)).Problems[0].Message, StringComparison.Ordinal);
        for (int length = 0; length < FleetFixture.Yaml.IndexOf("\nservers:", StringComparison.Ordinal); length += 37) Assert.NotEmpty(FleetFixture.Read(FleetFixture.Yaml[..length]).Problems);
    }

    [Theory]
    [InlineData(", location: {lat: 40, lon: -70}", "", "servers.s1-b has no coordinates")]
    [InlineData("region: as, ", "", "in 2 named regions")]
    [InlineData("max_lag: 45m", "max_lag: 15m", "less than two snapshot intervals")]
    public void Warnings_do_not_keep_a_fleet_from_being_used(string what, string instead, string message)
    {
        var result = FleetFixture.Read(FleetFixture.Change(what, instead));
        Assert.NotNull(result.Fleet);
        Assert.Contains(message, Assert.Single(result.Problems).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_files_are_one_fleet_and_no_id_may_be_in_two()
    {
        string servers = FleetFixture.Yaml[FleetFixture.Yaml.IndexOf("servers:", StringComparison.Ordinal)..];
        string rest = FleetFixture.Yaml[..^servers.Length];
        Assert.NotNull(FleetReader.Read([("a.yaml", rest), ("b.yaml", servers)], FleetFixture.Now, _ => "k").Fleet);
        var twice = FleetReader.Read([("a.yaml", FleetFixture.Yaml), ("b.yaml", "servers:\n  s0: {host: x.test, role: stratum0, environment: prod}\n")], FleetFixture.Now, _ => "k");
        Assert.Contains("b.yaml:2: error: servers.s0 is there twice: also in a.yaml", Assert.Single(twice.Problems).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Private_keys_are_refused()
        => Assert.Contains(FleetReader.Read([("f", FleetFixture.Yaml)], FleetFixture.Now, _ => "-----BEGIN RSA PRIVATE KEY-----").Problems, problem => problem.Message.Contains("is a private key", StringComparison.Ordinal));
}
