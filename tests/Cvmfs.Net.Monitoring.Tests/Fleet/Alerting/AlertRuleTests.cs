using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Cvmfs.Net.Monitoring.Fleet;
using Cvmfs.Net.Monitoring.Fleet.Alerting;
using Cvmfs.Net.Monitoring.Fleet.Rendering;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Fleet.Alerting;

public sealed class AlertRuleTests
{
    private static readonly FleetDescription s_fleet = FleetFixture.Fleet(FleetFixture.Change("px2: {host: proxy2.site.test,", "px2: {host: proxy2.site.test, tier: critical,"));

    [Fact]
    public void Every_level_of_every_alert_has_a_case()
        => Assert.Equal(
            AlertGroup.All.SelectMany(group => group.Rules).SelectMany(rule => rule.Levels.Select(level => $"{rule.Name} {level.Severity}")).Distinct().Order(StringComparer.Ordinal),
            AlertCases.All.Select(one => $"{one.Alert} {one.Severity}").Distinct().Order(StringComparer.Ordinal));

    [Fact, Conforms("monitoring", 70)]
    public async Task Promtool_finds_nothing_wrong_with_the_rules()
    {
        using var temp = new TempFolder();
        foreach (var file in Files().Where(file => file.Path.StartsWith("prometheus/", StringComparison.Ordinal))) await WriteAsync(temp, Path.GetFileName(file.Path), Encoding.UTF8.GetString(file.Content.Span));
        string said = await Tool.RunAsync("promtool", temp.Path, "check", "rules", "--lint=all", "--lint-fatal", "rules.yml", "maintenance.yml");
        Assert.Contains($"{RecordingRules.All.Length + AlertGroup.All.Sum(group => group.Rules.Sum(rule => rule.Levels.Length))} rules found", said, StringComparison.Ordinal);
    }

    [SlowFact, Conforms("monitoring", 70), Conforms("monitoring", 71), Conforms("monitoring", 72), Conforms("monitoring", 74), Conforms("monitoring", 76), Conforms("monitoring", 77), Conforms("monitoring", 78)]
    public Task Alerts_fire_when_they_should_and_not_before_and_not_in_maintenance_and_not_for_the_blind() => TryAsync(AlertCases.All);

    [Fact]
    public Task One_alert_of_each_group_fires_when_it_should() => TryAsync(AlertGroup.All.Select(group => AlertCases.All.First(one => one.Alert == group.Rules[0].Name)));

    private static async Task TryAsync(IEnumerable<AlertCase> cases)
    {
        using var temp = new TempFolder();
        var facts = AlertCase.Facts(File("prometheus/fleet.prom")).ToList();
        var tests = new List<string>();
        foreach (var one in cases)
        {
            var rule = AlertGroup.All.SelectMany(group => group.Rules).Single(rule => rule.Name == one.Alert);
            await WriteAsync(temp, $"{one.Alert}.rules.yml", OnlyAlert(one.Alert));
            var text = new StringBuilder($"rule_files: [{one.Alert}.rules.yml]\nevaluation_interval: {one.EvaluationInterval}\ntests:\n");
            var fires = AlertCase.Expand(one.Fires, s_fleet).Concat(facts).ToList();
            one.WriteTo(text, $"{one.Alert} fires", fires, fires: true);
            one.WriteTo(text, $"{one.Alert} does not fire", AlertCase.Expand(one.Quiet, s_fleet).Concat(facts), fires: false);
            if (rule.Subject is AlertSubject.Server) one.WriteTo(text, $"{one.Alert} in maintenance of the server", fires.Concat(s_fleet.Servers.Keys.Concat(s_fleet.Proxies.Keys).Select(id => ($"cvmfs_fleet_maintenance{{server=\"{id}\"}}", "1+0x2000"))), fires: false);
            if (one.Fires[0].Contains("soft", StringComparison.Ordinal)) one.WriteTo(text, $"{one.Alert} in maintenance of the repository", fires.Append(("cvmfs_fleet_maintenance{repository=\"soft.demo.test\"}", "1+0x2000")), fires: false);
            if (one.IsObserved)
            {
                var blind = AlertCase.Expand([.. one.Fires, "cvmfs_probe_vantage_online{us} 0", "cvmfs_probe_vantage_online{eu} 1"], s_fleet, "us");
                one.WriteTo(text, $"{one.Alert} seen by a blind observer", blind.Concat(facts), fires: false);
            }

            tests.Add($"{tests.Count}.yml");
            await WriteAsync(temp, tests[^1], text.ToString());
        }

        await Tool.RunAsync("promtool", temp.Path, ["test", "rules", .. tests]);
    }

    [Fact]
    public async Task Metrics_and_probes_of_one_monitor_are_one_observer()
    {
        using var temp = new TempFolder();
        await WriteAsync(temp, "tls.rules.yml", OnlyAlert("CvmfsTlsExpiring"));
        var text = new StringBuilder("rule_files: [tls.rules.yml]\nevaluation_interval: 1m\ntests:\n");
        const string end = "cvmfs_probe_tls_certificate_not_after_timestamp_seconds";
        foreach (var (other, pages) in (ReadOnlySpan<(string, int)>)[("eu", 0), ("us", 1)])
        {
            text.Append("  - interval: 1m\n    input_series:\n");
            foreach (var (series, values) in AlertCase.Expand([$"{end}{{s1-a,eu,instance=m:1,job=monitor}} 200000", $"{end}{{s1-a,{other},instance=s1-a,job=probe,owner=core,role=stratum1,tier=critical}} 200000"], s_fleet).Concat(AlertCase.Facts(File("prometheus/fleet.prom"))))
            {
                text.Append(CultureInfo.InvariantCulture, $"      - series: '{series}'\n        values: '{values}'\n");
            }

            text.Append("    promql_expr_test:\n      - expr: 'count(ALERTS{severity=\"ticket\",alertstate=\"firing\"})'\n        eval_time: 65m\n");
            text.Append(CultureInfo.InvariantCulture, $"        exp_samples: [{{labels: '{{}}', value: {1 + pages}}}]\n      - expr: 'count(ALERTS{{severity=\"page\",alertstate=\"firing\"}}) or vector(0)'\n        eval_time: 65m\n        exp_samples: [{{labels: '{{}}', value: {pages}}}]\n");
        }

        await WriteAsync(temp, "test.yml", text.ToString());
        await Tool.RunAsync("promtool", temp.Path, "test", "rules", "test.yml");
    }

    [Fact, Conforms("monitoring", 71)]
    public async Task Windows_of_maintenance_begin_and_end_by_themselves()
    {
        using var temp = new TempFolder();
        var fleet = FleetFixture.Fleet(FleetFixture.Change("from: 2026-01-12T08:00:00Z, to: 2026-01-12T10:00:00Z, servers: [s1-b]", "from: 1970-01-01T00:30:00Z, to: 1970-01-01T01:30:00Z, servers: [s1-b, px1], repositories: [soft.demo.test]"));
        await WriteAsync(temp, "maintenance.yml", Encoding.UTF8.GetString(FleetRenderer.Render(fleet, "prometheus-rules", FleetFixture.Now).Single(file => file.Path == "prometheus/maintenance.yml").Content.Span));
        await WriteAsync(temp, "test.yml", """
            rule_files: [maintenance.yml]
            evaluation_interval: 1m
            tests:
              - interval: 1m
                promql_expr_test:
                  - expr: cvmfs_fleet_maintenance
                    eval_time: 29m
                    exp_samples: []
                  - expr: cvmfs_fleet_maintenance
                    eval_time: 31m
                    exp_samples:
                      - {labels: 'cvmfs_fleet_maintenance{server="s1-b",window="disks"}', value: 1}
                      - {labels: 'cvmfs_fleet_maintenance{server="px1",window="disks"}', value: 1}
                      - {labels: 'cvmfs_fleet_maintenance{repository="soft.demo.test",window="disks"}', value: 1}
                  - expr: cvmfs_fleet_maintenance
                    eval_time: 90m
                    exp_samples: []
            """);
        await Tool.RunAsync("promtool", temp.Path, "test", "rules", "test.yml");
    }

    /// <summary>Over hits only, misses only, both, a restart of the proxy, and refusals only: of nothing there is no part.</summary>
    [Fact, Conforms("monitoring", 61)]
    public async Task A_hit_ratio_is_a_part_of_one_whatever_is_counted()
    {
        const string record = "cvmfs:cacheproxy_hit_ratio:rate1h";
        using var temp = new TempFolder();
        string expression = RecordingRules.All.Single(rule => rule.Record == record).Expression;
        await WriteAsync(temp, "rules.yml", $"groups: [{{name: x, rules: [{{record: '{record}', expr: '{expression}'}}]}}]\n");
        (string Proxy, string Result, string Values)[] series =
        [
            ("hits", "hit", "0+60x200"), ("misses", "miss", "0+60x200"),
            ("both", "hit", "0+10x200"), ("both", "collapsed", "0+5x200"), ("both", "revalidated", "0+5x200"), ("both", "miss", "0+60x200"), ("both", "denied", "0+900x200"),
            ("restarted", "hit", "1000+60x90 0+60x109"), ("restarted", "miss", "50+20x90 0+20x109"), ("refused", "denied", "0+60x200"),
        ];
        var text = new StringBuilder("rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n");
        foreach (var (proxy, result, values) in series) text.Append($"      - {{series: 'cvmfs_cacheproxy_requests_total{{instance=\"i\",server=\"{proxy}\",environment=\"e\",result=\"{result}\"}}', values: '{values}'}}\n");
        text.Append("    promql_expr_test:\n");
        text.Append($"      - {{expr: 'count({record} < 0 or {record} > 1)', eval_time: 120m, exp_samples: []}}\n");
        foreach (var (proxy, value) in ((string, double)[])[("hits", 1), ("misses", 0), ("both", 0.25), ("restarted", 0.75)])
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"      - {{expr: 'round({record}{{server=\"{proxy}\"}}, 0.001)', eval_time: 120m, exp_samples: [{{labels: '{{instance=\"i\",server=\"{proxy}\",environment=\"e\"}}', value: {value}}}]}}\n");
        }

        text.Append($"      - {{expr: '{record}{{server=\"refused\"}} >= 0', eval_time: 120m, exp_samples: []}}\n");
        await WriteAsync(temp, "test.yml", text.ToString());
        await Tool.RunAsync("promtool", temp.Path, "test", "rules", "test.yml");
    }

    [Fact]
    public void Every_alert_says_what_why_and_what_to_do_and_where_to_look()
    {
        var linked = FleetFixture.Fleet(FleetFixture.Yaml + "links: {runbooks: https://wiki.demo.test/alerts, grafana: https://grafana.demo.test/}\n");
        var rules = FleetYaml.Read("rules.yml", Encoding.UTF8.GetString(FleetRenderer.Render(linked, "prometheus-rules", FleetFixture.Now).Single(file => file.Path == "prometheus/rules.yml").Content.Span))!;
        var alerts = rules.Find("groups")!.Items!.Skip(1).SelectMany(group => group.Find("rules")!.Items!).ToList();
        Assert.True(alerts.Count >= 50, $"{alerts.Count} alerts");
        Assert.All(alerts, alert =>
        {
            Assert.Contains(alert.Find("labels")!.Text("severity"), new[] { "page", "ticket", "info" });
            var notes = alert.Find("annotations")!;
            foreach (string key in (string[])["summary", "description", "runbook"]) Assert.NotEmpty(notes.Text(key)!);
            Assert.StartsWith("https://wiki.demo.test/alerts#cvmfs", notes.Text("runbook_url"), StringComparison.Ordinal);
            Assert.StartsWith("https://grafana.demo.test/d/cvmfs-", notes.Text("dashboard_url"), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_tiers_that_page_are_those_of_the_file()
    {
        var fleet = FleetFixture.Fleet(FleetFixture.Yaml + "tiers: {gold: {page: true}, critical: {page: true}, lead: {page: false}}\n");
        Assert.Contains("{tier=~\\\"critical|gold\\\"}", Encoding.UTF8.GetString(FleetRenderer.Render(fleet, "prometheus-rules", FleetFixture.Now).Single(file => file.Path == "prometheus/rules.yml").Content.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void The_guide_in_the_documents_is_that_of_the_rules() => Golden.Same("alerts.md", AlertsDocument.Write(), "../../docs");

    private static IReadOnlyList<RenderedFile> Files() => FleetRenderer.Render(s_fleet, "prometheus-rules", FleetFixture.Now);

    private static string File(string path) => Encoding.UTF8.GetString(Files().Single(file => file.Path == path).Content.Span);

    /// <summary>The rules with one alert only: many small files are quicker than one large one.</summary>
    private static string OnlyAlert(string name)
    {
        var groups = FleetYaml.Read("rules.yml", File("prometheus/rules.yml"))!.Find("groups")!.Items!;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("groups");
            foreach (var group in groups.Where(group => group.Text("name") == "cvmfs-recording" || group.Find("rules")!.Items!.Exists(rule => rule.Text("alert") == name)))
            {
                json.WriteStartObject();
                json.WriteString("name", group.Text("name"));
                json.WriteStartArray("rules");
                foreach (var rule in group.Find("rules")!.Items!.Where(rule => rule.Text("record") is not null || rule.Text("alert") == name)) json.WriteNode(rule);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static Task WriteAsync(TempFolder folder, string name, string text) => System.IO.File.WriteAllTextAsync(Path.Combine(folder.Path, name), text, TestContext.Current.CancellationToken);
}
