using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Cvmfs.Net.Monitoring.Fleet;
using Cvmfs.Net.Monitoring.Fleet.Rendering;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.Tests.Fleet.Alerting;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Fleet.Rendering;

public sealed partial class FleetRendererTests
{
    [Fact]
    public void Outputs_are_as_they_were_looked_at()
    {
        var text = new StringBuilder();
        foreach (var file in Render().Where(IsShort)) text.Append("===== ").Append(file.Key).Append('\n').Append(file.Value);
        Golden.Same("outputs.txt", text.ToString(), "Fleet/Golden");
        Assert.Equal(text.ToString(), string.Concat(Render().Where(IsShort).Select(file => $"===== {file.Key}\n{file.Value}")));
    }

    [Fact]
    public void Every_output_says_what_it_was_made_from()
    {
        var fleet = FleetFixture.Fleet();
        foreach (var (path, text) in Render())
        {
            if (path is "fleet.schema.json" || path.EndsWith(".pub", StringComparison.Ordinal) || path.EndsWith(".csv", StringComparison.Ordinal)) continue;
            Assert.Contains(fleet.Digest, path.EndsWith(".json", StringComparison.Ordinal) ? Render()[path + ".digest"] : text, StringComparison.Ordinal);
            // Lines of calendars end as those of mail.
            Assert.True(text.EndsWith('\n') && (path.EndsWith(".ics", StringComparison.Ordinal) || !text.Contains('\r', StringComparison.Ordinal)), path);
        }
    }

    [Fact]
    public void Targets_have_the_form_of_discovery_with_labels_that_are_texts()
    {
        foreach (string path in (string[])["prometheus/targets.json", "prometheus/probes.json"])
        {
            using var json = JsonDocument.Parse(Render()[path]);
            Assert.NotEqual(0, json.RootElement.GetArrayLength());
            foreach (var group in json.RootElement.EnumerateArray())
            {
                Assert.Equal(["labels", "targets"], group.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
                Assert.All(group.GetProperty("targets").EnumerateArray(), target => Assert.Equal(JsonValueKind.String, target.ValueKind));
                Assert.All(group.GetProperty("labels").EnumerateObject(), label =>
                {
                    Assert.Equal(JsonValueKind.String, label.Value.ValueKind);
                    Assert.Matches("^[a-zA-Z_][a-zA-Z0-9_]*$", label.Name);
                });
            }
        }
    }

    [Fact]
    public void The_inventory_has_meta_and_groups_with_names_that_ansible_takes()
    {
        using var json = JsonDocument.Parse(Render()["ansible/inventory.json"]);
        var hosts = json.RootElement.GetProperty("_meta").GetProperty("hostvars").EnumerateObject().Select(host => host.Name).ToList();
        foreach (var group in json.RootElement.EnumerateObject().Where(group => group.Name != "_meta"))
        {
            Assert.Matches("^[a-zA-Z_][a-zA-Z0-9_]*$", group.Name);
            Assert.All(group.Value.GetProperty("hosts").EnumerateArray(), host => Assert.Contains(host.GetString()!, hosts));
        }

        Assert.Equal("*/10", json.RootElement.GetProperty("_meta").GetProperty("hostvars").GetProperty("a.demo.test").GetProperty("cvmfs_stratum1_snapshot_time").GetProperty("minute").GetString());
    }

    [Fact, Conforms("monitoring", 82)]
    public async Task The_program_that_ansible_asks_for_the_inventory_prints_it()
    {
        using var temp = await WriteAsync("ansible");
        string script = temp.Combine("ansible") + "/inventory.sh";
        Assert.Equal(Render()["ansible/inventory.json"], await Tool.RunAsync("sh", temp.Path, script, "--list"));
        Assert.Equal("{}\n", await Tool.RunAsync("sh", temp.Path, script, "--host", "a.demo.test"));
        if (!OperatingSystem.IsWindows()) Assert.True(File.GetUnixFileMode(script).HasFlag(UnixFileMode.UserExecute));
    }

    [SlowFact, Conforms("monitoring", 82)]
    public async Task Ansible_reads_the_inventory()
    {
        using var temp = await WriteAsync("ansible");
        using var json = JsonDocument.Parse(await Tool.RunAsync("ansible-inventory", temp.Combine("ansible"), "-i", "inventory.sh", "--list"));
        Assert.Equal("s1-a", json.RootElement.GetProperty("_meta").GetProperty("hostvars").GetProperty("a.demo.test").GetProperty("fleet_id").GetString());
        Assert.Equal(["a.demo.test", "b.demo.test", "c.partner.test", "t1.demo.test"], json.RootElement.GetProperty("cvmfsstratum1servers").GetProperty("hosts").EnumerateArray().Select(host => host.GetString()));
    }

    [Fact, Conforms("monitoring", 81)]
    public async Task Prometheus_loads_targets_and_rules()
    {
        using var temp = await WriteAsync("prometheus-sd", "prometheus-rules");
        string config = """
            rule_files: [rules.yml, maintenance.yml]
            scrape_configs:
              - job_name: fleet
                file_sd_configs: [{files: [targets.json]}]
              - job_name: probes
                metrics_path: /probe
                file_sd_configs: [{files: [probes.json]}]
                relabel_configs:

            """ + string.Concat(Render()["prometheus/probe-relabel.yml"].Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => "      " + line + "\n"));
        await File.WriteAllTextAsync(temp.Combine("prometheus") + "/prometheus.yml", config, TestContext.Current.CancellationToken);
        await Tool.RunAsync("promtool", temp.Combine("prometheus"), "check", "config", "prometheus.yml");
        using var found = JsonDocument.Parse(await Tool.RunAsync("promtool", temp.Combine("prometheus"), "check", "service-discovery", "prometheus.yml", "probes"));
        var first = found.RootElement.EnumerateArray().Select(target => target.GetProperty("labels")).Single(labels => labels.GetProperty("server").GetString() == "s1-a");
        var proxy = found.RootElement.EnumerateArray().Select(target => target.GetProperty("labels")).Single(labels => labels.GetProperty("server").GetString() == "px3");
        Assert.Equal(("proxy", "px3"), (proxy.GetProperty("__param_module").GetString(), proxy.GetProperty("__param_target").GetString())); // it has no metrics of its own
        Assert.False(first.TryGetProperty("__param_module", out _));
        Assert.Equal(("s1-a", "prober.example.org:9600", "s1-a"), (first.GetProperty("__param_target").GetString(), first.GetProperty("__address__").GetString(), first.GetProperty("instance").GetString()));
    }

    [Fact, Conforms("monitoring", 87)]
    public async Task A_next_key_is_handed_out_and_a_manifest_verifies_through_it()
    {
        using var repository = await ScrapeKit.BuildAsync();
        string next = repository.Keys.Publisher.MasterPublicKeyPem, active = TestKeys.Stranger.Publisher.MasterPublicKeyPem;
        var fleet = FleetReader.Read([("fleet.yaml", FleetFixture.Yaml)], FleetFixture.Now, name => name == "keys/demo-2.pub" ? next : active).Fleet!;
        using var temp = new TempFolder();
        await new FleetOutputFolder(temp.Path).WriteAsync("client", FleetRenderer.Render(fleet, "client", FleetFixture.Now), TestContext.Current.CancellationToken);
        await using var world = new FakeFleet();
        var server = await world.AddAsync(repository.ServerRoot, FakeFleet.Lists());
        string keys = temp.Combine("client") + "/keys/demo.test";
        var report = await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository) with { Keys = await Trust.MasterKeys.LoadAsync(keys, TestContext.Current.CancellationToken) }, server);
        Assert.Equal(RepositoryOutcome.Ok, report.Repositories[0].Outcome);
        // Before the rotation nothing needs it: what the active key signed is verified without.
        Assert.Equal(2, Directory.GetFiles(keys).Length);
        report = await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository) with { Keys = Trust.MasterKeys.FromPem(active) }, server);
        Assert.Equal(RepositoryOutcome.Invalid, report.Repositories[0].Outcome);
    }

    [Fact]
    public async Task Yaml_is_such_that_its_linter_has_nothing_to_say()
    {
        using var temp = await WriteAsync("prometheus-rules", "prometheus-sd", "alertmanager");
        await Tool.RunAsync("yamllint", temp.Path, "-s", "-d", "{extends: default, rules: {line-length: disable, document-start: disable, braces: disable, brackets: disable}}", "prometheus", "alertmanager");
    }

    [Fact, Conforms("monitoring", 83)]
    public async Task Domains_of_clients_mean_to_a_shell_what_they_should()
    {
        string domain = Render()["client/domain.d/demo.test.conf"];
        string urls = ServerUrl().Matches(domain)[1].Groups[1].Value;
        Assert.Equal("http://a.demo.test/cvmfs/@fqrn@;http://b.demo.test/cvmfs/@fqrn@;http://c.partner.test:8000/cvmfs/@fqrn@", urls);
        Assert.Equal(urls, await ShellAsync(domain, "CVMFS_SERVER_URL", null));
        Assert.Equal("http://edge.cdn.test/cvmfs/@fqrn@", await ShellAsync(domain, "CVMFS_SERVER_URL", "CVMFS_USE_CDN=yes"));
        Assert.Equal(["client/keys/demo.test/demo-1.pub", "client/keys/demo.test/demo-2.pub"], Render().Keys.Where(path => path.EndsWith(".pub", StringComparison.Ordinal)));
    }

    [Fact, Conforms("monitoring", 84)]
    public async Task Sites_tell_sharing_from_falling_back()
    {
        string site = Render()["client/sites/campus/default.local"];
        Assert.Equal("http://proxy1.site.test:3128|http://proxy2.site.test:3128;DIRECT", await ShellAsync(site, "CVMFS_HTTP_PROXY", null));
        Assert.Equal("http://proxy3.site.test:3128", await ShellAsync(site, "CVMFS_FALLBACK_PROXY", null));
    }

    [Fact, Conforms("monitoring", 85)]
    public void Variables_of_terraform_are_one_object()
    {
        using var json = JsonDocument.Parse(Render()["terraform/fleet.auto.tfvars.json"]);
        Assert.Equal(["cvmfs_servers", "cvmfs_buckets", "cvmfs_dns_records"], json.RootElement.EnumerateObject().Select(variable => variable.Name));
    }

    [Fact]
    public void The_status_page_takes_what_is_made_for_it()
    {
        var page = StatusPageConfiguration.Parse(Encoding.UTF8.GetBytes(Render()["status-page/prod.json"]));
        Assert.Equal(["s0.demo.test", "https://bucket.s3.test", "a.demo.test", "b.demo.test", "c.partner.test:8000"], page.Servers.Select(server => server.HostName));
        Assert.Equal(TimeSpan.FromHours(12), page.RepositoryLimits["dev.demo.test"].MaxSnapshotAge);
        Assert.Equal("b.demo.test", Assert.Single(Assert.Single(page.Maintenance).Servers));
        Assert.Equal("t1.demo.test", Assert.Single(StatusPageConfiguration.Parse(Encoding.UTF8.GetBytes(Render()["status-page/test.json"])).Servers).HostName);
    }

    [Fact, Conforms("monitoring", 86)]
    public async Task A_server_that_is_retired_is_gone_from_everything_in_one_run()
    {
        string retired = FleetFixture.Change("host: b.demo.test,", "host: b.demo.test, state: retired,");
        Assert.Contains(Render().Values, text => text.Contains("b.demo.test", StringComparison.Ordinal));
        foreach (var (path, text) in Render(retired)) Assert.False(text.Contains("b.demo.test", StringComparison.Ordinal) || Regex.IsMatch(text, @"\bs1-b\b") || path.Contains("s1-b", StringComparison.Ordinal), path);

        using var temp = new TempFolder();
        var folder = new FleetOutputFolder(temp.Path);
        var token = TestContext.Current.CancellationToken;
        await folder.WriteAsync("replicator", FleetRenderer.Render(FleetFixture.Fleet(), "replicator", FleetFixture.Now), token);
        Assert.True(File.Exists(Path.Combine(temp.Path, "replicator", "s1-b.json")));
        await folder.WriteAsync("replicator", FleetRenderer.Render(FleetFixture.Fleet(retired), "replicator", FleetFixture.Now), token);
        Assert.False(File.Exists(Path.Combine(temp.Path, "replicator", "s1-b.json")));
    }

    [Fact, Conforms("monitoring", 80)]
    public async Task A_second_run_changes_nothing_and_an_edit_is_noticed()
    {
        using var temp = new TempFolder();
        var folder = new FleetOutputFolder(temp.Path);
        var files = FleetRenderer.Render(FleetFixture.Fleet(), "client", FleetFixture.Now);
        var token = TestContext.Current.CancellationToken;
        Assert.Equal(files.Count, (await folder.WriteAsync("client", files, token)).Count);
        Assert.Empty(await folder.WriteAsync("client", files, token));
        string edited = Path.Combine(temp.Path, "client", "sites", "campus", "default.local");
        await File.WriteAllTextAsync(edited, (await File.ReadAllTextAsync(edited, token)).Replace("20000", "30000", StringComparison.Ordinal), token);
        var change = Assert.Single(await folder.CompareAsync("client", files, token));
        Assert.Equal(["-CVMFS_QUOTA_LIMIT=30000", "+CVMFS_QUOTA_LIMIT=20000"], change.Lines());
    }

    [Fact]
    public void Limits_are_facts_beside_the_rules_and_another_one_changes_no_rule()
    {
        Assert.Equal(WithoutDigest(Render()["prometheus/rules.yml"]), WithoutDigest(Render(FleetFixture.Change("max_lag: 45m", "max_lag: 2h"))["prometheus/rules.yml"]));
        Assert.Contains("cvmfs_fleet_repository_max_lag_seconds{repository=\"soft.demo.test\"} 2700\n", Render()["prometheus/fleet.prom"], StringComparison.Ordinal);
    }

    [Fact, Conforms("monitoring", 88)]
    public void No_output_has_a_reference_to_a_credential_let_alone_one()
        => Assert.All(Render(), file => Assert.DoesNotContain("bucket-password", file.Value, StringComparison.Ordinal));

    [Fact, Conforms("monitoring", 90)]
    public void Another_owner_and_tier_change_labels_and_nothing_else_need_be_edited()
    {
        string moved = FleetFixture.Change("tier: best-effort, owner: partner", "tier: critical, owner: core");
        using var json = JsonDocument.Parse(Render(moved)["prometheus/probes.json"]);
        var labels = json.RootElement.EnumerateArray().Select(group => group.GetProperty("labels")).Single(one => one.GetProperty("server").GetString() == "s1-c");
        Assert.Equal(("critical", "core"), (labels.GetProperty("tier").GetString(), labels.GetProperty("owner").GetString()));
        Assert.Equal(WithoutDigest(Render()["alertmanager/alertmanager.yml"]), WithoutDigest(Render(moved)["alertmanager/alertmanager.yml"]));
    }

    /// <summary>The others are held by tests of their own.</summary>
    private static bool IsShort(KeyValuePair<string, string> file) => file.Key is not ("fleet.schema.json" or "docs/alerts.md" or "calendar/rotation.ics") && !file.Key.StartsWith("grafana/", StringComparison.Ordinal);

    private static SortedDictionary<string, string> Render(string? yaml = null)
        => new(FleetRenderer.Render(FleetFixture.Fleet(yaml), "all", FleetFixture.Now).ToDictionary(file => file.Path, file => Encoding.UTF8.GetString(file.Content.Span)), StringComparer.Ordinal);

    private static async Task<TempFolder> WriteAsync(params string[] formats)
    {
        var temp = new TempFolder();
        foreach (string format in formats) await new FleetOutputFolder(temp.Path).WriteAsync(format, FleetRenderer.Render(FleetFixture.Fleet(), format, FleetFixture.Now), TestContext.Current.CancellationToken);
        return temp;
    }

    private static string WithoutDigest(string text) => Regex.Replace(text, "digest [0-9a-f]{12}", "");

    private static async Task<string> ShellAsync(string script, string variable, string? before)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-euc", $"{before}\nCVMFS_USE_CDN=${{CVMFS_USE_CDN:-}}\n{script}\nprintf %s \"${variable}\""]) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    [GeneratedRegex("CVMFS_SERVER_URL=\"(.*)\"")]
    private static partial Regex ServerUrl();
}
