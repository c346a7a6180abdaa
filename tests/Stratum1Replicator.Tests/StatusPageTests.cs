using System.Diagnostics;
using Cvmfs.Net.Replication;
using Cvmfs.Net.Replication.Scheduling;
using Cvmfs.Net.Testing;
using Stratum1Replicator.Operation;
using Stratum1Replicator.Web;

namespace Stratum1Replicator.Tests;

public sealed class StatusPageTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Whatever_a_server_says_stays_text()
    {
        var activity = new ReplicaActivity();
        activity.EndSnapshot(Report(SnapshotOutcome.UpstreamUnreachable, "<script>alert(1)</script> \"&'"), Now);
        var replica = Replica("a.example.org", activity) with { Upstream = "http://<img src=x>/cvmfs/\"onload=", Group = "<b>" };
        string html = StatusPage.Render(View([replica], new HealthCondition(HealthLevel.Warning, "<i>", "snapshot", "</ul><script>")));
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>,", html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Shows_a_snapshot_under_way_with_rates_and_what_is_left()
    {
        var activity = new ReplicaActivity();
        var progress = activity.BeginSnapshot(Now.AddMinutes(-3));
        progress.Report(new SnapshotProgress(SnapshotPhase.Transferring, 42, 10, 5, 3, 2000, 100, 50, 5000, 2500, 20 << 20, 1, TimeSpan.FromSeconds(10)));
        string html = StatusPage.Render(View([Replica("a.example.org", activity)]));
        Assert.Contains("of revision 42 for 3 minutes", html, StringComparison.Ordinal);
        Assert.Contains("2,000 objects (200/s), 20 MiB (2 MiB/s)", html, StringComparison.Ordinal);
        Assert.Contains("3 catalogs and 2,500 objects waiting, 1 failed", html, StringComparison.Ordinal);
        Assert.Contains("value=\"2500\"", html, StringComparison.Ordinal);
    }

    /// <summary>The page in a real browser: complete without JavaScript's help, renewed with it, and no message on its console.</summary>
    [Fact]
    public async Task A_browser_shows_it_and_renews_it()
    {
        string? browser = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(browser is null, "no chromium on this machine");
        using var host = await ServiceSetup.CreateAsync();
        string config = host.Configure(more: settings => ((Dictionary<string, object>)settings["Replicas"])["broken.example.org"]
            = new Dictionary<string, object> { ["Upstream"] = host.Upstream.Path + "-gone", ["Repository"] = "broken.example.org", ["Group"] = "<test>" });
        await using var service = await ServiceProcess.StartAsync(config);
        await service.SaysAsync("is served");
        using var profile = new TempFolder();

        // Virtual time runs ahead while nothing is under way: some rounds of renewal pass at once.
        var (dom, log) = await BrowseAsync(browser, profile.Path, service.AdminUrl + "/status", "--virtual-time-budget=9000", "--dump-dom");
        Assert.True(dom.Contains("data-renewed=", StringComparison.Ordinal), $"The page did not renew itself.\n{dom}\n{log}");
        Assert.Contains($"id=\"replica-{host.Name}\"", dom, StringComparison.Ordinal);
        Assert.Contains("group &lt;test&gt;", dom, StringComparison.Ordinal);
        Assert.Contains("Last errors (", dom, StringComparison.Ordinal);
        Assert.DoesNotContain("CONSOLE", log, StringComparison.Ordinal); // refused by the page's own policy, or an error in the script

        // For people to look at; docs/testing.md says how.
        if (Environment.GetEnvironmentVariable("CVMFSNET_SCREENSHOT") is { Length: > 0 } picture)
        {
            await BrowseAsync(browser, profile.Path, service.AdminUrl + "/status", "--hide-scrollbars", "--window-size=1100,820", $"--screenshot={picture}");
        }
    }

    private static async Task<(string Output, string Log)> BrowseAsync(string browser, string profile, string url, params string[] arguments)
    {
        var start = new ProcessStartInfo(browser, [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking",
            "--enable-logging=stderr", "--lang=en", $"--user-data-dir={profile}", .. arguments, url])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var log = process.StandardError.ReadToEndAsync(Token);
        string output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, await log);
        return (output, await log);
    }

    private static SnapshotReport Report(SnapshotOutcome outcome, string message)
        => new() { Outcome = outcome, Repository = "a.example.org", Message = message, StartedAt = Now, Duration = TimeSpan.FromSeconds(1) };

    private static ReplicaView Replica(string alias, ReplicaActivity activity) => new()
    {
        Alias = alias,
        Name = alias,
        IsActive = true,
        Level = HealthLevel.Ok,
        Facts = new ReplicaFacts { LastSnapshot = Now.AddHours(-1), WhitelistExpiresAt = Now.AddDays(20) },
        Moment = activity.Look(),
    };

    private static StatusView View(IReadOnlyList<ReplicaView> replicas, params HealthCondition[] conditions) => new()
    {
        Host = "host",
        Now = Now,
        StartedAt = Now.AddDays(-1),
        Conditions = conditions,
        Replicas = replicas,
        Disks = [(new DiskVolume("/srv", 10L << 30, 100L << 30), HealthLevel.Ok)],
    };
}
