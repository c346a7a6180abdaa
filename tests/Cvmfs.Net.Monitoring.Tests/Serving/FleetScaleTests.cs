using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.Tests.StatusPage;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Monitoring.Tests.Serving;

/// <summary>The monitor that runs, before many servers of many repositories; one is away, and of the many it accepts and never answers.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class FleetScaleTests
{
    [Fact]
    public Task A_fleet_of_six_servers_and_four_repositories() => RunAsync(servers: 6, repositories: 4, rounds: 3, latency: TimeSpan.Zero, within: null);

    /// <summary>A hundred milliseconds on every request, two processors that the servers share with the monitor.</summary>
    [SlowFact]
    public Task A_fleet_of_two_hundred_servers_and_fifty_repositories() => RunAsync(servers: 200, repositories: 50, rounds: 8, latency: TimeSpan.FromMilliseconds(100), within: TimeSpan.FromSeconds(10));

    /// <summary>What the guide says of the history's growth.</summary>
    [Fact]
    public void A_look_and_a_revision_take_so_many_bytes_in_the_history()
    {
        using var folder = new TempFolder();
        string file = folder.Combine("m.db");
        const int count = 3000;
        long empty = SizeAfter(static (_, _) => { }), looks = SizeAfter((database, i) => See(database, i, 7)), both = SizeAfter((database, i) => See(database, count + i, (ulong)i + 8));
        TestContext.Current.TestOutputHelper!.WriteLine($"a look {(looks - empty) / count} bytes, a revision on a server {(both - looks - (looks - empty)) / count} bytes");
        Assert.InRange((looks - empty) / count, 50, 150);
        Assert.InRange((both - looks - (looks - empty)) / count, 50, 400);

        long SizeAfter(Action<MonitorDatabase, int> act)
        {
            using (var database = MonitorDatabase.Open(file))
            {
                for (int i = 0; i < count; i++) act(database, i);
            }

            return new FileInfo(file).Length;
        }

        static void See(MonitorDatabase database, int i, ulong revision)
            => database.AddScrape(PageFixture.Server("stratum1.example.org", PageFixture.Repository("software.example.org", revision, null)) with { ScrapedAt = PageFixture.Now.AddMinutes(i * 2) });
    }

    private static async Task RunAsync(int servers, int repositories, int rounds, TimeSpan latency, TimeSpan? within)
    {
        using var folder = new TempFolder();
        using var repository = await ScrapeKit.BuildAsync();
        await using var fake = new FakeFleet();
        string listing = $$"""{"schema":1,"replicas":[{{string.Join(',', Enumerable.Range(0, repositories).Select(i => $$"""{"name":"soft{{i}}.example.org","alias":"r{{i}}","url":"/cvmfs/r{{i}}"}"""))}}]}""";
        var origin = await fake.AddAsync(repository.ServerRoot, async context =>
        {
            if (latency > TimeSpan.Zero) await Task.Delay(latency, TimeProvider.System, context.RequestAborted);
            string[] parts = context.Request.Path.Value!.Split('/', 4);
            if (parts[2].StartsWith('r'))
            {
                if (parts[3] == ".cvmfspublished") return await FakeFleet.Answer("", 200, ManifestOf(repository, parts[2][1..]))(context);
                context.Request.Path = new PathString($"/cvmfs/soft.example.org/{parts[3]}");
            }

            return await FakeFleet.Answer("/repositories.json", 200, listing)(context);
        }, listenOn: "0.0.0.0");
        await File.WriteAllTextAsync(repository.RootFile(".cvmfs_status.json"), """{"last_snapshot":"Thu Jan  1 00:00:03 UTC 2026"}""", TestContext.Current.CancellationToken);
        var away = within is null ? ScrapeTarget.Parse(RunningMonitor.Away) : await fake.AddAsync(repository.ServerRoot, fake.Hang);
        var targets = Enumerable.Range(1, servers).Select(i => new ScrapeTarget(new Uri($"http://127.0.9.{i}:{origin.BaseUrl.Port}")) { Name = $"s{i}" }).Append(away with { Name = "away" }).ToList();
        string file = folder.Combine("m.db");
        using var monitor = new FleetMonitor(MonitoredFleet.Of(targets), new MonitorOptions
        {
            DatabaseFile = file,
            Scraping = new ScraperOptions { GeoQueries = [], RequestTimeout = TimeSpan.FromSeconds(5), ServerTimeout = TimeSpan.FromSeconds(8), Objects = ObjectProbing.None, Retries = 0 },
        });

        var live = new List<long>();
        var took = new List<TimeSpan>();
        var sizes = new List<long>();
        var busyBefore = Environment.CpuUsage.TotalTime;
        long began = Stopwatch.GetTimestamp();
        var lastBegan = DateTimeOffset.MinValue;
        for (int round = 0; round < rounds; round++)
        {
            lastBegan = TimeProvider.System.GetUtcNow();
            long start = Stopwatch.GetTimestamp();
            await monitor.RunOnceAsync(TestContext.Current.CancellationToken);
            took.Add(Stopwatch.GetElapsedTime(start));
            GC.Collect();
            GC.WaitForPendingFinalizers();
            live.Add(GC.GetTotalMemory(forceFullCollection: true));
            sizes.Add(new FileInfo(file).Length + new FileInfo(file + "-wal").Length);
        }

        var (all, busy) = (Stopwatch.GetElapsedTime(began), Environment.CpuUsage.TotalTime - busyBefore);
        long writing = Stopwatch.GetTimestamp();
        long metrics = monitor.WriteMetrics().Length;
        var writes = Stopwatch.GetElapsedTime(writing);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"rounds {string.Join(" ", took.Select(time => $"{time.TotalSeconds:0.0}"))} s, processor {busy.TotalSeconds / rounds:0.0} s a round, live {string.Join(" ", live.Select(bytes => bytes >> 20))} MiB, "
            + $"history {string.Join(" ", sizes.Select(bytes => bytes >> 10))} KiB, metrics {metrics >> 10} KiB in {writes.TotalSeconds:0.00} s");
        Assert.InRange(live[^1], 0, live[^3] + (live[^3] / 20) + (4 << 20)); // the first rounds fill what is kept: connections, pools, names; then it is enough
        // Where others work on the processors, too, neither the wall clock nor the limits of requests say anything.
        if (within is { } most && took.Skip(1).Max() > most && busy < 0.8 * 2 * all) Assert.Skip($"the machine is busy with other things: {busy.TotalSeconds:0.0} s of two processors in {all.TotalSeconds:0.0} s");
        var page = monitor.Snapshot!.All;
        Assert.All(page.Servers.Take(servers).Select(server => server.Report.Repositories.Count(one => one.IsUp)), up => Assert.Equal(repositories, up));
        Assert.Equal((ServerOutcome.Unreachable, within is null ? ErrorClass.ConnectRefused : ErrorClass.Timeout), (page.Servers[^1].Report.Outcome, page.Servers[^1].Report.Error));
        Assert.Equal((servers + 1) * rounds, monitor.Database.Count("scrapes"));
        Assert.Equal(servers * repositories, monitor.Database.Count("revisions")); // nothing was published: nothing was added
        if (within is not { } limit) return;
        Assert.All(page.Servers.Take(servers), server => Assert.True(server.Report.ScrapedAt >= lastBegan, "the one that hangs kept others from being asked"));
        Assert.All(took.Skip(1), time => Assert.InRange(time, TimeSpan.Zero, limit));
    }

    /// <summary>The manifest under another name; what is signed is not asked, for there are no keys.</summary>
    private static byte[] ManifestOf(BuiltRepository repository, string number)
    {
        string text = Encoding.ASCII.GetString(repository.Manifests[^1]);
        text = text[..text.IndexOf("--\n", StringComparison.Ordinal)].Replace("Nsoft.example.org\n", $"Nsoft{number}.example.org\n", StringComparison.Ordinal);
        return Encoding.ASCII.GetBytes($"{text}--\n{Convert.ToHexStringLower(SHA1.HashData(Encoding.ASCII.GetBytes(text)))}\nsignature");
    }
}
