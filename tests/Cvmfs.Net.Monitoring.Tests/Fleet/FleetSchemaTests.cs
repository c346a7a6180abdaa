using System.Text;
using System.Text.Json;
using Cvmfs.Net.Monitoring.Fleet;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Fleet;

public sealed class FleetSchemaTests
{
    [Fact]
    public void The_published_schema_is_that_of_the_code() => Golden.Same("fleet.schema.json", Encoding.UTF8.GetString(FleetSchema.ToJsonSchema()), "../../docs");

    [Fact, Conforms("monitoring", 79)]
    public void An_editor_and_the_reader_agree_on_a_whole_fleet() => Agree(FleetFixture.Yaml, isGood: true);

    [Theory, Conforms("monitoring", 79)]
    // What is well.
    [InlineData("name: demo", "name: 2026", true)]
    [InlineData("version: 1", "version: \"1\"", true)]
    [InlineData("sync: bucket", "sync: [bucket]", true)]
    [InlineData("sync: bucket", "sync:", true)]
    [InlineData("max_lag: 45m", "max_lag: PT45M", true)]
    [InlineData("max_lag: 45m", "max_lag: P1DT2H", true)]
    [InlineData("max_lag: 45m", "max_lag: null", true)]
    [InlineData("valid_until: 2025-06-01T00:00:00Z", "valid_until: 2025-06-01", true)]
    [InlineData("valid_until: 2025-06-01T00:00:00Z", "valid_until: \"2025-06-01T00:00:00+02:00\"", true)]
    [InlineData("lat: 50.1", "lat: -5e1", true)]
    [InlineData("tags: {cost: core}", "tags: {cost: 7, ok: true}", true)]
    [InlineData("apache_workers: 64", "apache_workers: [1, {a: null}]", true)]
    [InlineData("port: 8000", "port: 65535", true)]
    [InlineData("site: campus, environment", "site: , environment", true)]
    // What has no such form.
    [InlineData("name: demo", "name: [demo]", false)]
    [InlineData("name: demo", "name:", false)]
    [InlineData("name: demo", "title: demo", false)]
    [InlineData("version: 1", "version: 2", false)]
    [InlineData("version: 1", "version: one", false)]
    [InlineData("sync: bucket", "sync: {bucket: 1}", false)]
    [InlineData("sync: bucket", "sync: [bucket, null]", false)]
    [InlineData("sync: bucket", "sync: [[bucket]]", false)]
    [InlineData("max_lag: 45m", "max_lag: 45", false)]
    [InlineData("max_lag: 45m", "max_lag: 0m", false)]
    [InlineData("max_lag: 45m", "max_lag: 45 m", false)]
    [InlineData("max_lag: 45m", "max_lag: PT", false)]
    [InlineData("max_lag: 45m", "max_lag: P1DT", false)]
    [InlineData("max_lag: 45m", "max_lag: PT0M", false)]
    [InlineData("max_lag: 45m", "max_lag: P1M", false)]
    [InlineData("max_lag: 45m", "max_lag: 1000000d", false)]
    [InlineData("valid_until: 2025-06-01T00:00:00Z", "valid_until: tomorrow", false)]
    [InlineData("valid_until: 2025-06-01T00:00:00Z", "valid_until: 2025-13-01T00:00:00Z", false)]
    [InlineData("valid_until: 2025-06-01T00:00:00Z", "valid_until: 2025-06-01T25:00:00Z", false)]
    [InlineData("valid_until: 2025-06-01T00:00:00Z", "valid_until: 1748736000", false)]
    [InlineData("lat: 50.1", "lat: north", false)]
    [InlineData("lat: 50.1", "lat: \"50.1\"", false)]
    [InlineData("lat: 50.1", "lat: .nan", false)]
    [InlineData("lat: 50.1, lon: 8.7", "lat: 50.1", false)]
    [InlineData("port: 8000", "port: 0", false)]
    [InlineData("port: 8000", "port: 65536", false)]
    [InlineData("port: 8000", "port: \"8000\"", false)]
    [InlineData("port: 8000", "port: 80.5", false)]
    [InlineData("use_geoapi: true", "use_geoapi: yes", false)]
    [InlineData("use_geoapi: true", "use_geoapi: \"true\"", false)]
    [InlineData("use_geoapi: true", "use_geoapi: 1", false)]
    [InlineData("role: stratum0,", "role: [stratum0],", false)]
    [InlineData("role: stratum0,", "role: Stratum0,", false)]
    [InlineData("role: stratum0,", "", false)]
    [InlineData("t1: {host", "T1: {host", false)]
    [InlineData("t1: {host", "-t: {host", false)]
    [InlineData("core: {name: Core team, email: ops@demo.test}", "core:", false)]
    [InlineData("quota_mb: 20000", "quota_mb: 20GB", false)]
    [InlineData("quota_mb: 20000", "quota_mb: 99999999999", false)]
    [InlineData("servers: [s1-b], text", "server: [s1-b], text", false)]
    [InlineData("- {id: disks,", "- {", false)]
    [InlineData("metrics: [{kind: node, port: 9100}", "metrics: [{kind: node}", false)]
    [InlineData("metrics: [{kind: node, port: 9100}, {kind: replica, port: 8000, path: /own}]", "metrics: {kind: node, port: 9100}", false)]
    [InlineData("state: active}\n  demo-2", "state: current}\n  demo-2", false)]
    public void An_editor_and_the_reader_agree_on_what_has_the_form(string what, string instead, bool isGood) => Agree(FleetFixture.Change(what, instead), isGood);

    private static void Agree(string yaml, bool isGood)
    {
        var root = FleetYaml.Read("fleet.yaml", yaml);
        var problems = new List<FleetProblem>();
        FleetSchema.Root.Check(root!, problems);
        Assert.True(isGood == (problems.Count == 0), $"the reader says: {string.Join('\n', problems)}");
        using var schema = JsonDocument.Parse(FleetSchema.ToJsonSchema());
        Assert.True(isGood == JsonSchemaReader.IsValid(schema.RootElement, root), "the schema says otherwise");
    }
}
