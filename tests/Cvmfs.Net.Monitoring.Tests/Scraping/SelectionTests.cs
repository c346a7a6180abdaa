using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Scraping;

public sealed class SelectionTests
{
    [Fact, Conforms("monitoring", 19)]
    public async Task A_bucket_without_names_is_refused_by_name_before_anybody_is_asked()
    {
        using var scraper = new StratumScraper();
        var target = ScrapeTarget.Parse("bucket.example.org") with { Backend = ServerBackend.S3 };
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => scraper.ScrapeAsync([target]));
        Assert.Contains("bucket.example.org", refused.Message, StringComparison.Ordinal);
    }

    [Theory, Conforms("monitoring", 14)]
    [InlineData(ServerRole.Stratum0, """{"schema":1,"repositories":[],"replicas":[{"name":"soft.example.org","url":"/cvmfs/soft.example.org"}]}""", true)]
    [InlineData(ServerRole.Stratum1, """{"schema":1,"repositories":[],"replicas":[]}""", true)]
    [InlineData(ServerRole.Unknown, """{"schema":1,"repositories":[],"replicas":[]}""", false)]
    [InlineData(ServerRole.Stratum1, """{"schema":1,"repositories":[{"name":"own.example.org","url":"/cvmfs/own.example.org"}],"replicas":[{"name":"soft.example.org","url":"/cvmfs/soft.example.org"}]}""", false)]
    public async Task A_server_of_another_type_is_warned_about_or_has_failed_where_that_is_wanted(ServerRole role, string listing, bool isMismatch)
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Answer("/repositories.json", 200, listing)) with { Role = role };
        var ours = await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository), target);
        Assert.Equal((isMismatch, false), (ours.Warnings.Any(warning => warning.Error == ErrorClass.TypeMismatch), ours.IsFailed));
        var strict = await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository) with { FailOnTypeMismatch = true }, target);
        Assert.Equal((isMismatch, isMismatch ? ErrorClass.TypeMismatch : ours.Error), (strict.IsFailed, strict.Error));
    }

    [Fact, Conforms("monitoring", 20)]
    public async Task Ignored_repositories_are_left_out_but_a_limit_outranks_that()
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Lists());
        RepositoryName[] other = [RepositoryName.Parse("other.example.org")];
        var open = await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository), target with { Repositories = other, OnlyThese = false, Ignored = [repository.Name] });
        Assert.Equal(other, open.Repositories.Select(report => report.Name));
        var limited = await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository), target with { Repositories = [repository.Name], Ignored = [repository.Name] });
        Assert.Equal([repository.Name], limited.Repositories.Select(report => report.Name));
    }

    [Fact, Conforms("monitoring", 16)]
    public async Task Of_a_pass_through_replica_no_snapshot_is_asked_for()
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        const string Listing = """{"schema":1,"replicas":[{"name":"soft.example.org","url":"/cvmfs/soft.example.org","pass-through":true}]}""";
        var server = await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository), await fleet.AddAsync(repository.ServerRoot, FakeFleet.Answer("/repositories.json", 200, Listing)));
        Assert.DoesNotContain(server.Endpoints, endpoint => endpoint.Endpoint is "last_snapshot" or "is_snapshotting");
    }

    [Theory, Conforms("monitoring", 29)]
    [InlineData(4, ErrorClass.None)]
    [InlineData(5, ErrorClass.Redirect)]
    public async Task Four_redirects_are_followed_and_five_are_not(int redirects, ErrorClass expected)
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        var last = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Lists());
        var chain = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Either(FakeFleet.Lists(), FakeFleet.Redirect("/.cvmfspublished", context =>
        {
            int left = int.Parse(context.Request.Query["left"].FirstOrDefault() ?? $"{redirects}");
            return left == 1 ? $"http://{last.BaseUrl.Authority}{context.Request.Path}" : $"{context.Request.Path}?left={left - 1}";
        })));
        var manifest = (await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository), chain)).Endpoints.Single(endpoint => endpoint.Endpoint == "manifest");
        Assert.Equal(expected, manifest.Error);
        if (expected == ErrorClass.None) Assert.Equal((4, last.BaseUrl.Authority), (manifest.Redirects, manifest.FinalUrl!.Authority));
    }
}
