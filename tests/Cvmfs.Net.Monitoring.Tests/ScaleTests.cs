using System.Diagnostics;
using Cvmfs.Net.Monitoring.Reporting;
using Cvmfs.Net.Monitoring.Tracking;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Monitoring.Tests;

[Collection(nameof(MeasuredAlone))]
public sealed class ScaleTests
{
    private const int Repositories = 50;

    /// <summary>A hundred milliseconds of latency on every request; one server of the two hundred never answers.</summary>
    [SlowFact]
    public async Task Two_hundred_servers_of_fifty_repositories_take_less_than_ten_seconds()
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        string listing = $$"""{"schema":1,"replicas":[{{string.Join(',', Enumerable.Range(0, Repositories).Select(i => $$"""{"name":"soft.example.org","alias":"r{{i}}","url":"/cvmfs/r{{i}}"}""".Replace("\"soft.", $"\"soft{i}.", StringComparison.Ordinal)))}}]}""";
        var origin = await fleet.AddAsync(repository.ServerRoot, async context =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, context.RequestAborted);
            string[] parts = context.Request.Path.Value!.Split('/', 4);
            if (parts[2].StartsWith('r')) context.Request.Path = new PathString($"/cvmfs/soft.example.org/{parts[3]}");
            return await FakeFleet.Answer("/repositories.json", 200, listing)(context);
        }, listenOn: "0.0.0.0");
        var hanging = await fleet.AddAsync(repository.ServerRoot, fleet.Hang);
        await File.WriteAllTextAsync(repository.RootFile(".cvmfs_status.json"), """{"last_snapshot":"Thu Jan  1 00:00:03 UTC 2026"}""");
        var targets = Enumerable.Range(1, 200).Select(i => new ScrapeTarget(new Uri($"http://127.0.9.{i}:{origin.BaseUrl.Port}")) { Name = $"s{i}" }).Append(hanging with { Name = "hanging" }).ToList();
        using var scraper = new StratumScraper(new ScraperOptions { MaxServers = 201, MaxRequestsPerServer = 16, GeoQueries = [], RequestTimeout = TimeSpan.FromSeconds(9.5), ServerTimeout = TimeSpan.FromSeconds(60), Objects = ObjectProbing.None });
        long before = GC.GetTotalAllocatedBytes();
        var busyBefore = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();

        var servers = await scraper.ScrapeAsync(targets);

        var took = Stopwatch.GetElapsedTime(start);
        var healthy = servers.Take(200).ToList();
        var busy = Environment.CpuUsage.TotalTime - busyBefore;
        using var process = Process.GetCurrentProcess();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{took.TotalSeconds:0.0} s, slowest healthy {healthy.Max(server => server.Duration.TotalSeconds):0.0} s, {servers.Sum(server => server.Endpoints.Count)} requests, processor {busy.TotalSeconds:0.0} s, "
            + $"peak {process.PeakWorkingSet64 >> 20} MiB, allocated {(GC.GetTotalAllocatedBytes() - before) >> 20} MiB");
        // Servers and scraper share the processors here; where others do, too, the wall clock says nothing.
        if (took > TimeSpan.FromSeconds(10) && busy < 0.8 * 2 * took) Assert.Skip($"the machine is busy with other things: {busy.TotalSeconds:0.0} s of two processors in {took.TotalSeconds:0.0} s");
        Assert.All(healthy, server => Assert.Equal(Repositories, server.Repositories.Count(one => one.Manifest is not null)));
        Assert.Equal((ServerOutcome.Unreachable, ErrorClass.Timeout), (servers[^1].Outcome, servers[^1].Error));
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.InRange(process.PeakWorkingSet64 >> 20, 0, 800); // the servers and their connections are in this process, too
    }

    [Fact, Conforms("monitoring", 33)]
    public async Task Two_runs_over_the_same_servers_give_the_same_json()
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        var good = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Lists());
        var bad = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Either(FakeFleet.Lists(), FakeFleet.Answer("/.cvmfswhitelist", 200, "<html>")));
        var options = ScrapeKit.Options(repository) with { SamplesPerRepository = 2 };
        using var scraper = new StratumScraper(options);
        string first = JsonReport.Write(FleetView.Of(await scraper.ScrapeAsync([bad, good]), repository.Clock.GetUtcNow()));
        string second = JsonReport.Write(FleetView.Of(await scraper.ScrapeAsync([bad, good]), repository.Clock.GetUtcNow()));
        Assert.Equal(WithoutSkew(first), WithoutSkew(second));

        // The servers' clock goes on while that of the test stands.
        static string WithoutSkew(string json) => System.Text.RegularExpressions.Regex.Replace(json, "\"clock_skew_seconds\": [-0-9.]+,", "");
    }

    [Fact, Conforms("monitoring", 54), Conforms("monitoring", 56), Conforms("monitoring", 58), Conforms("monitoring", 59)]
    public async Task Metrics_are_bounded_in_number_and_counters_only_grow()
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Lists());
        ScrapeTarget[] targets = [target with { Name = "s1", Environment = "test" }, ScrapeTarget.Parse("127.0.0.1:1") with { Name = "s2" }];
        using var scraper = new StratumScraper(ScrapeKit.Options(repository) with { GeoQueries = [GeoQuery.Default] });
        var counters = new ProbeCounters();
        Dictionary<string, double> last = [];
        for (int run = 0; run < 3; run++)
        {
            var servers = await scraper.ScrapeAsync(targets);
            foreach (var server in servers) counters.Observe(server, "here");
            var view = FleetView.Of(servers, repository.Clock.GetUtcNow());
            var samples = PrometheusReader.Read(MetricsReport.Write(view, new MetricsOptions { Vantage = "here", Counters = counters, Checks = Monitoring.Checks.StandardChecks.Judge(view) }));
            Assert.InRange(samples.Count, 1, (60 * 2 * 1) + (200 * 2));
            var counted = samples.Where(sample => sample.Key.Contains("_total{", StringComparison.Ordinal)).ToDictionary();
            Assert.All(last, before => Assert.True(counted[before.Key] >= before.Value, before.Key));
            last = counted;
        }

        Assert.Equal(3, last["cvmfs_probe_runs_total{server=\"s2\",vantage=\"here\",outcome=\"unreachable\"}"]);
        Assert.Equal(0, last["cvmfs_probe_runs_total{server=\"s2\",vantage=\"here\",outcome=\"reachable\"}"]);
    }
}
