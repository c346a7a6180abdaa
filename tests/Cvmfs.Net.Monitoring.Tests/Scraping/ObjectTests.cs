using Cvmfs.Net.Manifests;
using Cvmfs.Net.Monitoring.Checks;
using Cvmfs.Net.Monitoring.Reporting;
using Cvmfs.Net.Monitoring.Tracking;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Scraping;

public sealed class ObjectTests
{
    [Fact]
    public async Task What_the_manifest_names_is_fetched_and_hashed_and_the_tags_tell_the_history()
    {
        using var repository = await ScrapeKit.BuildAsync();
        var report = (await ScrapeAsync(repository)).Repositories[0];
        Assert.Superset(new HashSet<ObjectKind> { ObjectKind.Catalog, ObjectKind.Certificate, ObjectKind.History }, report.Objects.Select(one => one.Kind).ToHashSet());
        Assert.All(report.Objects, one => Assert.Equal((ObjectOutcome.Ok, true), (one.Outcome, one.IsHashed)));
        Assert.Contains(report.PublishHistory, one => one.Revision == repository.Manifest.Revision);
        Assert.Equal((true, true, true), (report.Trust.IsChainValid, report.Trust.IsWhitelistValid, report.Trust.IsCertificateListed));
        Assert.Matches("^[0-9a-f]{16}$", report.Trust.MasterKeyId);
    }

    [Fact, Conforms("monitoring", 38)]
    public async Task A_missing_root_catalog_of_an_otherwise_healthy_server_is_told()
    {
        using var repository = (await ScrapeKit.BuildAsync()).Break(RepositoryFault.MissingRootCatalog);
        var server = await ScrapeAsync(repository);
        Assert.Equal((RepositoryOutcome.Ok, false, ServerOutcome.Partial), (server.Repositories[0].Outcome, server.Repositories[0].IsRootCatalogAvailable, server.Outcome));
        var view = FleetView.Of([server], server.ScrapedAt);
        Assert.Contains($"cvmfs_probe_root_catalog_available{{server=\"{server.Target.Name}\",repository=\"soft.example.org\"}} 0\n", MetricsReport.Write(view), StringComparison.Ordinal);
        Assert.Equal(CheckStatus.Failed, Assert.Single(new ObjectCheck().Judge(view)).Status);
    }

    [Theory, Conforms("monitoring", 39)]
    [InlineData("flip", ObjectOutcome.Corrupt, ErrorClass.HashMismatch)]
    [InlineData("remove", ObjectOutcome.Missing, ErrorClass.Http404)]
    [InlineData("hang", ObjectOutcome.Error, ErrorClass.Timeout)]
    public async Task A_sampled_object_is_whole_missing_corrupt_or_in_error(string damage, ObjectOutcome expected, ErrorClass error)
    {
        using var repository = await ScrapeKit.BuildAsync();
        var key = repository.KeyOf("/hello");
        if (damage == "flip") repository.FlipByte(key);
        if (damage == "remove") repository.Remove(key);
        await using var fleet = new FakeFleet();
        var asked = new TaskCompletionSource();
        var target = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Either(FakeFleet.Lists(), async context =>
        {
            if (damage != "hang" || !context.Request.Path.Value!.EndsWith(Objects.ObjectPath.Of(key), StringComparison.Ordinal)) return false;
            asked.TrySetResult();
            return await fleet.Hang(context);
        }));
        var run = ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository) with { SamplesPerRepository = 3 }, target);
        if (damage == "hang")
        {
            await asked.Task;
            repository.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        var server = await run;
        var sample = Assert.Single(server.Repositories[0].Objects, one => !one.IsRoot);
        Assert.Equal((ObjectKind.File, key, expected, error), (sample.Kind, sample.Key, sample.Outcome, sample.Error));
        var counters = new ProbeCounters();
        counters.Observe(server);
        string text = MetricsReport.Write(FleetView.Of([server], server.ScrapedAt), new MetricsOptions { Counters = counters });
        Assert.Contains($"kind=\"file\",outcome=\"{expected.ToString().ToLowerInvariant()}\"}} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("kind=\"file\",outcome=\"ok\"} 0\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Presence_costs_no_bodies()
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        var server = await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository) with { Objects = ObjectProbing.Presence }, await fleet.AddAsync(repository.ServerRoot, FakeFleet.Lists()));
        Assert.All(server.Repositories[0].Objects.Where(one => one.Kind != ObjectKind.Certificate), one => Assert.Equal((ObjectOutcome.Ok, false, 0L), (one.Outcome, one.IsHashed, one.Bytes)));
    }

    private static async Task<ServerReport> ScrapeAsync(BuiltRepository repository)
    {
        await using var fleet = new FakeFleet();
        return await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository), await fleet.AddAsync(repository.ServerRoot, FakeFleet.Lists()));
    }
}
