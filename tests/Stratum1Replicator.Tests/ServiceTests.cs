using System.Diagnostics;
using System.Text.Json;
using Cvmfs.Net.Testing;

namespace Stratum1Replicator.Tests;

/// <summary>The whole path with the real process: snapshot, serve, hint, new revision, collect, check, scrub, metrics, status, end.</summary>
public sealed class ServiceTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Conforms("stratum1", 65)]
    [Conforms("stratum1", 96)]
    public async Task Follows_serves_maintains_tells_and_ends_in_order()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "signals");
        using var host = await ServiceSetup.CreateAsync();
        host.Upstream.RollBackTo(1);
        string config = host.Configure(replica => replica["Collect"] = true, maintenance =>
        {
            maintenance["CollectEvery"] = "00:00:01";
            maintenance["CheckEvery"] = "1.00:00:00";
            maintenance["ScrubEvery"] = "1.00:00:00";
        });
        await using var service = await ServiceProcess.StartAsync(config);
        await service.SaysAsync("revision 1 is served");
        using (var manifest = await service.GetAsync($"{service.Url}/cvmfs/{host.Name}/.cvmfspublished"))
        {
            Assert.Equal(host.Upstream.Manifests[1], await manifest.Content.ReadAsByteArrayAsync(Token));
        }

        foreach (string task in (string[])["garbage collection", "check", "scrub"])
        {
            await service.SaysAsync($"{task} begins");
            await service.SaysAsync($"{task}: ");
        }

        host.Upstream.RollBackTo(2);
        using (var hint = await service.PostAsync($"{service.Url}/cvmfs/{host.Name}/api/v1.0/hint", Secret)) Assert.Equal(202, (int)hint.StatusCode);
        await service.SaysAsync("revision 2 is served");
        await service.SaysAsync("garbage collection: "); // it is due again

        var replica = (await service.StatusAsync()).GetProperty("replicas")[0];
        Assert.Equal((2, 2, 0), (replica.GetProperty("revision").GetInt32(), replica.GetProperty("upstream_revision").GetInt32(), replica.GetProperty("lag_seconds").GetInt32()));
        Assert.True(replica.GetProperty("check_succeeded").GetBoolean(), replica.ToString());
        Assert.True(replica.GetProperty("maintenance_ended").GetProperty("scrub").GetProperty("complete").GetBoolean());
        Assert.Empty(replica.GetProperty("last_errors").EnumerateArray());
        using (var health = await service.GetAsync(service.AdminUrl + "/healthz")) Assert.Equal(200, (int)health.StatusCode);

        string metrics = await service.MetricsAsync();
        foreach (string sample in (string[])["cvmfs_replica_revision{repository=\"N\"} 2", "cvmfs_replica_lag_seconds{repository=\"N\"} 0", "cvmfs_replica_lag_revisions{repository=\"N\"} 0",
            "cvmfs_replica_check_success{repository=\"N\"} 1", "cvmfs_replica_hints_total{outcome=\"accepted\",repository=\"N\"} 1",
            "cvmfs_replica_whitelist_left_seconds{repository=\"N\"} ", "cvmfs_replica_gc_age_seconds{repository=\"N\"} ", "cvmfs_replica_check_age_seconds{repository=\"N\"} ",
            "cvmfs_replica_transferred_objects_total{repository=\"N\"} ", "cvmfs_replica_transferred_bytes_total{repository=\"N\"} ", "cvmfs_replica_storage_free_bytes{volume="])
        {
            Assert.Contains(sample.Replace("N", host.Name, StringComparison.Ordinal), metrics, StringComparison.Ordinal);
        }

        await StopAsync(service);
        Assert.Contains("Stopped", service.Output, StringComparison.Ordinal);
    }

    [Fact]
    [Conforms("stratum1", 65)]
    public async Task Ends_within_ten_seconds_in_the_middle_of_a_snapshot_and_goes_on_with_it_the_next_time()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "signals");
        using var host = await ServiceSetup.CreateAsync();
        await using var stratum = await FakeStratum.StartAsync();
        stratum.MountRepository(host.Name, host.Upstream.Path);
        string stalled = host.Upstream.Store.PathOf(host.Upstream.KeyOf("/large"));
        var gate = new Gate();
        stratum.Fail(Path.GetFileName(stalled), Fault.StallBefore(gate));
        string config = host.Configure(replica => replica["Upstream"] = stratum.UrlOf(host.Name).ToString());
        await using (var service = await ServiceProcess.StartAsync(config))
        {
            await service.SaysAsync("going for revision");
            await host.WhenStoredAsync(5, Token);
            Assert.True(File.Exists(host.Replica(".cvmfs_is_snapshotting")));
            // A client that holds its connection must not hold up the end, either.
            using var idle = await service.GetAsync(service.Url + "/health");
            await StopAsync(service);
        }

        Assert.False(File.Exists(host.Replica(".cvmfs_is_snapshotting")));
        Assert.False(File.Exists(host.Replica(".cvmfspublished")));
        int stored = host.StoredObjects();
        stratum.Heal();
        await using (var service = await ServiceProcess.StartAsync(config))
        {
            await service.SaysAsync($"revision {host.Upstream.Manifests.Count - 1} is served");
            await StopAsync(service);
        }

        Assert.True(stored >= 5 && host.StoredObjects() > stored);
        foreach (string target in stratum.Requests.Select(request => request.RawTarget).Where(target => target.Contains("/data/", StringComparison.Ordinal) && !target.EndsWith(Path.GetFileName(stalled), StringComparison.Ordinal)).GroupBy(target => target).Where(group => group.Count() > 2).Select(group => group.Key))
        {
            Assert.Fail($"{target} was asked for again and again.");
        }
    }

    [Fact]
    public async Task Status_and_metrics_are_not_there_for_those_who_come_by_the_public_address()
    {
        using var host = await ServiceSetup.CreateAsync();
        await using var service = await ServiceProcess.StartAsync(host.Configure(more: settings => settings["PublicHints"] = false));
        await service.SaysAsync("is served");
        foreach (string path in (string[])["/status", "/status.json", "/metrics", "/status/live.js", "/"])
        {
            using var hidden = await service.GetAsync(service.Url + path);
            Assert.Equal(404, (int)hidden.StatusCode);
            using var shown = await service.GetAsync(service.AdminUrl + path);
            Assert.NotEqual(404, (int)shown.StatusCode);
        }

        using var refused = await service.PostAsync($"{service.Url}/cvmfs/{host.Name}/api/v1.0/hint", Secret);
        Assert.Equal(404, (int)refused.StatusCode);
        using var taken = await service.PostAsync($"{service.AdminUrl}/cvmfs/{host.Name}/api/v1.0/hint", Secret);
        Assert.Equal(202, (int)taken.StatusCode);
        using var health = await service.GetAsync(service.Url + "/healthz");
        Assert.Equal(200, (int)health.StatusCode);
    }

    [Fact]
    [Conforms("stratum1", 97)]
    public async Task Health_fails_when_the_whitelist_is_about_to_expire()
    {
        using var host = await ServiceSetup.CreateAsync();
        host.Upstream.ResignWhitelist(expires: TimeProvider.System.GetUtcNow().AddHours(47));
        await using var service = await ServiceProcess.StartAsync(host.Configure());
        await service.SaysAsync("is served");
        using var health = await service.GetAsync(service.Url + "/healthz");
        Assert.Equal(503, (int)health.StatusCode);
        using var document = JsonDocument.Parse(await health.Content.ReadAsStringAsync(Token));
        Assert.Equal("whitelist", document.RootElement.GetProperty("conditions")[0].GetProperty("code").GetString());
    }

    [Fact]
    [Conforms("stratum1", 103)]
    public async Task Below_the_reserve_of_the_disk_no_snapshot_runs_and_health_says_so()
    {
        using var host = await ServiceSetup.CreateAsync();
        await using var service = await ServiceProcess.StartAsync(host.Configure(more: settings => settings["Limits"] = new Dictionary<string, object> { ["DiskReserveBytes"] = 1L << 60 }));
        await service.SaysAsync("StorageFull");
        Assert.False(File.Exists(host.Replica(".cvmfspublished")));
        using var health = await service.GetAsync(service.AdminUrl + "/healthz");
        Assert.Equal(503, (int)health.StatusCode);
        Assert.Contains("\"disk\"", await health.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replicas_come_change_and_go_while_it_runs_and_a_broken_configuration_changes_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "signals");
        using var host = await ServiceSetup.CreateAsync();
        string config = host.Configure();
        await using var service = await ServiceProcess.StartAsync(config);
        await service.SaysAsync("is served");

        await File.WriteAllTextAsync(config, "{ \"Stratum1\": { ", Token);
        await service.SignalAsync("HUP");
        await service.SaysAsync("the old one stays in force");
        Assert.Equal("configuration", (await service.StatusAsync()).GetProperty("conditions")[0].GetProperty("code").GetString());

        host.Configure(more: settings => ((Dictionary<string, object>)settings["Replicas"])["second.example.org"] = host.Entry());
        await service.SignalAsync("HUP");
        await service.SaysAsync("second.example.org: joins");
        await service.SaysAsync("is served");
        var status = await service.StatusAsync();
        Assert.Equal(2, status.GetProperty("replicas").GetArrayLength());
        Assert.Equal(0, status.GetProperty("conditions").GetArrayLength());
        Assert.DoesNotContain("settings changed", service.Output, StringComparison.Ordinal);

        host.Configure(replica => replica["Group"] = "changed");
        await service.SignalAsync("HUP");
        await service.SaysAsync("second.example.org: leaves");
        await service.SaysAsync("read again");
        Assert.Contains($"{host.Name}: settings changed", service.Output, StringComparison.Ordinal);
        Assert.Equal("changed", (await service.StatusAsync()).GetProperty("replicas")[0].GetProperty("group").GetString());
        await StopAsync(service);
    }

    [Fact]
    public async Task Says_everything_that_is_wrong_with_a_configuration_and_does_not_start()
    {
        using var host = await ServiceSetup.CreateAsync();
        string config = host.Configure(replica =>
        {
            replica.Remove("Upstream");
            replica["PollInterval"] = "00:00:00";
        }, maintenance => maintenance["CheckWindow"] = "2-5");
        var (exitCode, output) = await ServiceProcess.RunAsync("--config", config);
        Assert.Equal(2, exitCode);
        Assert.Contains($"Replicas:{host.Name}: Upstream is missing", output, StringComparison.Ordinal);
        Assert.Contains("PollInterval is 00:00:00", output, StringComparison.Ordinal);
        Assert.Contains("CheckWindow is \"2-5\"", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"Stratum1\": { \"Replica\": {} } }", "Replica")]
    [InlineData("{ \"Stratum1\": ", ".json")]
    public async Task Refuses_settings_that_it_does_not_know_and_files_that_it_cannot_read(string json, string named)
    {
        using var folder = new TempFolder();
        string config = folder.Write("broken.json", System.Text.Encoding.UTF8.GetBytes(json));
        var (exitCode, output) = await ServiceProcess.RunAsync("--config", config);
        Assert.Equal(2, exitCode);
        Assert.Contains(named, output, StringComparison.Ordinal);
    }

    private static async Task StopAsync(ServiceProcess service)
    {
        long asked = Stopwatch.GetTimestamp();
        await service.SignalAsync("TERM");
        int exitCode = await service.EndAsync();
        var took = Stopwatch.GetElapsedTime(asked);
        Assert.True(exitCode == 0, service.Output);
        Assert.True(took < TimeSpan.FromSeconds(10), $"It took {took} to end.\n{service.Output}");
    }
}
