using System.Text;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Monitoring.Tests;

public sealed class StratumScraperTests
{
    private const string Listing = """
        {"schema":1,"repositories":[],"replicas":[{"name":"soft.example.org","url":"/cvmfs/soft.example.org"}],
         "cvmfs_version":"2.11.3-1~weird","os_pretty_name":"Test"}
        """;

    private static readonly Func<HttpContext, Task<bool>> Lists = FakeFleet.Answer("/repositories.json", 200, Listing);

    [Fact, Conforms("monitoring", 13)]
    public async Task A_healthy_server_gives_a_verified_repository_and_its_documents()
    {
        using var repository = await BuildAsync();
        await File.WriteAllTextAsync(repository.RootFile(RootFileNames.Status), """{"last_snapshot":"Thu Jan  1 00:00:03 UTC 2026","last_check":"Thu Jan  1 00:00:04 UTC 2026","check_status":"failed"}""");
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, Lists);

        var server = Assert.Single(await ScrapeAsync(repository, target));

        Assert.Equal((ServerOutcome.Reachable, ErrorClass.None, ServerBackend.Cvmfs), (server.Outcome, server.Error, server.Backend));
        Assert.Equal("2.11.3-1~weird", server.Listing!.CvmfsVersion);
        var report = Assert.Single(server.Repositories);
        Assert.Equal((RepositoryOutcome.Ok, repository.Manifest.Revision), (report.Outcome, report.Verified!.Manifest.Revision));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 3, TimeSpan.Zero), report.Status.LastSnapshot!.Time);
    }

    [Fact, Conforms("monitoring", 10)]
    public async Task The_last_check_and_its_result_are_shown()
    {
        using var repository = await BuildAsync();
        await File.WriteAllTextAsync(repository.RootFile(RootFileNames.Status), """{"last_check":"Thu Jan  1 00:00:04 UTC 2026","check_status":"failed"}""");
        await using var fleet = new FakeFleet();
        var report = (await ScrapeAsync(repository, await fleet.AddAsync(repository.ServerRoot, Lists)))[0].Repositories[0];
        Assert.Equal((new DateTimeOffset(2026, 1, 1, 0, 0, 4, TimeSpan.Zero), (bool?)false), (report.Status.LastCheck!.Time, report.Status.CheckSucceeded));
    }

    [Theory, Conforms("monitoring", 9)]
    [InlineData(200, """{"last_gc":"Thu Jan  1 00:00:03 UTC 2026"}""")]
    [InlineData(200, """{"last_snapshot":"Thu Jan  1 00:00:03 UTC 2026"}""")]
    [InlineData(200, "{}")]
    [InlineData(404, "")]
    public async Task A_partial_or_absent_status_file_leaves_a_repository_in_order(int status, string body)
    {
        using var repository = await BuildAsync();
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, Either(Lists, FakeFleet.Answer("/.cvmfs_status.json", status, body)));
        var report = (await ScrapeAsync(repository, target))[0].Repositories[0];
        Assert.Equal((RepositoryOutcome.Ok, ErrorClass.None), (report.Outcome, report.StatusError));
    }

    [Theory, Conforms("monitoring", 11)]
    [InlineData("Fri Jun 21 05:40:02 PM UTC 2024", true)]
    [InlineData("Fri 21 Jun 2024 05:40:02 PM UTC", true)]
    [InlineData("Fri, 21 Jun 2024 17:40:02 GMT", true)]
    [InlineData("2024-06-21T17:40:02Z", true)]
    [InlineData("1718991602", true)]
    [InlineData("", false)]
    [InlineData("yesterday", false)]
    public async Task Dates_of_every_form_are_read_and_a_bad_one_spoils_nothing(string date, bool isDate)
    {
        using var repository = await BuildAsync();
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, Either(Lists, FakeFleet.Answer("/.cvmfs_status.json", 200, $$"""{"last_snapshot":"{{date}}"}""")));
        var report = (await ScrapeAsync(repository, target))[0].Repositories[0];
        Assert.Equal(isDate ? new DateTimeOffset(2024, 6, 21, 17, 40, 2, TimeSpan.Zero) : null, report.Status.LastSnapshot?.Time);
        Assert.Equal(RepositoryOutcome.Ok, report.Outcome);
    }

    public static TheoryData<RepositoryFault, ErrorClass> TrustFaults => new()
    {
        { RepositoryFault.ExpiredWhitelist, ErrorClass.Whitelist },
        { RepositoryFault.WhitelistOfStranger, ErrorClass.Whitelist },
        { RepositoryFault.CertificateNotListed, ErrorClass.Certificate },
        { RepositoryFault.WhitelistForOtherName, ErrorClass.Whitelist },
        { RepositoryFault.ManifestForOtherName, ErrorClass.Signature },
        { RepositoryFault.ManifestOfStranger, ErrorClass.Signature },
        { RepositoryFault.ManifestChangedAfterSigning, ErrorClass.ManifestDigest },
        { RepositoryFault.MissingCertificate, ErrorClass.Certificate },
    };

    [Theory, Conforms("monitoring", 8), Conforms("monitoring", 34)]
    [MemberData(nameof(TrustFaults))]
    public async Task A_lying_server_is_seen_for_what_it_is(RepositoryFault fault, ErrorClass expected)
    {
        using var repository = (await BuildAsync()).Break(fault);
        await using var fleet = new FakeFleet();
        var server = (await ScrapeAsync(repository, await fleet.AddAsync(repository.ServerRoot, Lists)))[0];
        Assert.Equal((RepositoryOutcome.Invalid, expected), (server.Repositories[0].Outcome, server.Repositories[0].Error));
        Assert.Equal(ServerOutcome.Partial, server.Outcome);
        Assert.NotNull(server.Repositories[0].Detail);
    }

    [Theory, Conforms("monitoring", 5), Conforms("monitoring", 6), Conforms("monitoring", 34)]
    [InlineData(404, "", RepositoryOutcome.Missing, ErrorClass.Http404)]
    [InlineData(403, "<Error/>", RepositoryOutcome.Missing, ErrorClass.Http403)]
    [InlineData(429, "", RepositoryOutcome.Unreachable, ErrorClass.Http4xx)]
    [InlineData(500, "", RepositoryOutcome.Unreachable, ErrorClass.Http5xx)]
    [InlineData(200, "", RepositoryOutcome.Unreachable, ErrorClass.EmptyBody)]
    [InlineData(200, "<!DOCTYPE html><html></html>", RepositoryOutcome.Invalid, ErrorClass.NotCvmfs)]
    [InlineData(200, "\n--\nabc\n", RepositoryOutcome.Invalid, ErrorClass.ManifestSyntax)]
    [InlineData(200, "Cabc\n\n--\n", RepositoryOutcome.Invalid, ErrorClass.ManifestSyntax)]
    public async Task A_manifest_that_is_none_is_told_apart(int status, string body, RepositoryOutcome outcome, ErrorClass error)
    {
        using var repository = await BuildAsync();
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, Either(Lists, FakeFleet.Answer("/.cvmfspublished", status, body)));
        var report = (await ScrapeAsync(repository, target))[0].Repositories[0];
        Assert.Equal((outcome, error), (report.Outcome, report.Error));
    }

    [Fact, Conforms("monitoring", 28)]
    public async Task A_body_beyond_its_limit_ends()
    {
        using var repository = await BuildAsync();
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, Either(Lists, FakeFleet.Answer("/.cvmfspublished", 200, new byte[200_000])));
        Assert.Equal(ErrorClass.TooLarge, (await ScrapeAsync(repository, target))[0].Repositories[0].Error);
    }

    [Fact, Conforms("monitoring", 29)]
    public async Task A_redirect_is_followed_and_named_and_a_loop_ends()
    {
        using var repository = await BuildAsync();
        await using var fleet = new FakeFleet();
        var real = await fleet.AddAsync(repository.ServerRoot, Lists);
        var once = await fleet.AddAsync(repository.ServerRoot, Either(Lists, FakeFleet.Redirect("/.cvmfspublished", context => real.BaseUrl.AbsoluteUri.TrimEnd('/') + context.Request.Path)));
        var loop = await fleet.AddAsync(repository.ServerRoot, Either(Lists, FakeFleet.Redirect("/.cvmfspublished", context => context.Request.Path.Value!)));

        var servers = await ScrapeAsync(repository, once, loop);

        Assert.Equal(RepositoryOutcome.Ok, servers[0].Repositories[0].Outcome);
        Assert.Equal(real.BaseUrl.Authority, servers[0].Endpoints.Single(endpoint => endpoint.Endpoint == "manifest").FinalUrl!.Authority);
        Assert.Equal(ErrorClass.Redirect, servers[1].Repositories[0].Error);
    }

    [Fact, Conforms("monitoring", 21)]
    public async Task One_broken_repository_spoils_no_other()
    {
        using var repository = await BuildAsync();
        await using var fleet = new FakeFleet();
        string two = Listing.Replace("\"replicas\":[", "\"replicas\":[{\"name\":\"gone.example.org\",\"url\":\"/cvmfs/gone.example.org\"},", StringComparison.Ordinal);
        var server = (await ScrapeAsync(repository, await fleet.AddAsync(repository.ServerRoot, FakeFleet.Answer("/repositories.json", 200, two))))[0];
        Assert.Equal([("gone.example.org", RepositoryOutcome.Missing), ("soft.example.org", RepositoryOutcome.Ok)], server.Repositories.Select(report => (report.Name.ToString(), report.Outcome)));
        Assert.Equal(ServerOutcome.Partial, server.Outcome);
    }

    [Fact, Conforms("monitoring", 15), Conforms("monitoring", 16)]
    public async Task An_alias_is_asked_by_its_url_and_known_by_its_name()
    {
        using var repository = await BuildAsync();
        Directory.Move(repository.Path, Path.Combine(repository.ServerRoot, "short"));
        await using var fleet = new FakeFleet();
        const string listing = """{"schema":1,"replicas":[{"name":"soft.example.org","alias":"short","url":"/cvmfs/short","pass-through":true}]}""";
        var report = (await ScrapeAsync(repository, await fleet.AddAsync(repository.ServerRoot, FakeFleet.Answer("/repositories.json", 200, listing))))[0].Repositories[0];
        Assert.Equal(("soft.example.org", "/cvmfs/short", RepositoryOutcome.Ok, true), (report.Name.ToString(), report.Path, report.Outcome, report.IsPassThrough));
    }

    [Theory, Conforms("monitoring", 17)]
    [InlineData(ServerBackend.Cvmfs, 404, ServerOutcome.Partial, ServerBackend.Cvmfs)]
    [InlineData(ServerBackend.AutoDetect, 404, ServerOutcome.Reachable, ServerBackend.S3)]
    [InlineData(ServerBackend.AutoDetect, 403, ServerOutcome.Reachable, ServerBackend.S3)]
    [InlineData(ServerBackend.AutoDetect, 500, ServerOutcome.Partial, ServerBackend.AutoDetect)]
    public async Task A_missing_list_is_judged_by_the_back_end(ServerBackend expected, int status, ServerOutcome outcome, ServerBackend backend)
    {
        using var repository = await BuildAsync();
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Answer("/repositories.json", status));
        var server = (await ScrapeAsync(repository, target with { Backend = expected, Repositories = [repository.Name] }))[0];
        Assert.Equal((outcome, backend, RepositoryOutcome.Ok), (server.Outcome, server.Backend, server.Repositories[0].Outcome));
    }

    [Fact, Conforms("monitoring", 17)]
    public async Task A_bucket_is_never_asked_for_a_list()
    {
        using var repository = await BuildAsync();
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot) with { Backend = ServerBackend.S3, Repositories = [repository.Name] };
        var server = (await ScrapeAsync(repository, target))[0];
        Assert.Equal(ServerOutcome.Reachable, server.Outcome);
        Assert.DoesNotContain(server.Endpoints, endpoint => endpoint.Endpoint is "repositories" or "meta");
    }

    [Fact, Conforms("monitoring", 18)]
    public async Task A_server_that_refuses_connections_is_never_in_order()
    {
        using var repository = await BuildAsync();
        var server = (await ScrapeAsync(repository, ScrapeTarget.Parse("127.0.0.1:1")))[0];
        Assert.Equal((ServerOutcome.Unreachable, ErrorClass.ConnectRefused), (server.Outcome, server.Error));
        Assert.Empty(server.Repositories);
    }

    [Fact, Conforms("monitoring", 20)]
    public async Task Only_the_named_repositories_are_asked_for()
    {
        using var repository = await BuildAsync();
        await using var fleet = new FakeFleet();
        var other = RepositoryName.Parse("other.example.org");
        var server = (await ScrapeAsync(repository, await fleet.AddAsync(repository.ServerRoot, Lists) with { Repositories = [other] }))[0];
        Assert.Equal([other], server.Repositories.Select(report => report.Name));
    }

    [Fact, Conforms("monitoring", 27)]
    public async Task A_hanging_server_ends_in_its_time_and_delays_nobody()
    {
        using var repository = await BuildAsync();
        await using var fleet = new FakeFleet();
        var asked = new TaskCompletionSource();
        var hanging = await fleet.AddAsync(repository.ServerRoot, context =>
        {
            asked.TrySetResult();
            return fleet.Hang(context);
        });
        var healthy = new List<ScrapeTarget>();
        for (int i = 0; i < 3; i++) healthy.Add(await fleet.AddAsync(repository.ServerRoot, Lists));
        var others = new Countdown(healthy.Count);
        using var scraper = new StratumScraper(new ScraperOptions { Keys = repository.TrustedKeys, TimeProvider = repository.Clock, RetryDelay = TimeSpan.Zero });
        var run = scraper.ScrapeAsync([hanging, .. healthy], others);
        await asked.Task;
        await others.Reached; // while the first one hangs and the clock stands still
        repository.Clock.Advance(TimeSpan.FromSeconds(10));

        var servers = await run;
        Assert.Equal((ServerOutcome.Unreachable, ErrorClass.Timeout), (servers[0].Outcome, servers[0].Error));
        Assert.All(servers.Skip(1), server => Assert.Equal(ServerOutcome.Reachable, server.Outcome));
    }

    [Fact, Conforms("monitoring", 32), Conforms("monitoring", 33)]
    public async Task A_hundred_servers_are_asked_a_few_at_a_time_and_reported_in_order()
    {
        using var repository = await BuildAsync();
        await using var fleet = new FakeFleet();
        int now = 0, most = 0;
        var gate = new SemaphoreSlim(1);
        var target = await fleet.AddAsync(repository.ServerRoot, async context =>
        {
            int at = Interlocked.Increment(ref now);
            await gate.WaitAsync();
            most = Math.Max(most, at);
            gate.Release();
            try
            {
                return await Lists(context);
            }
            finally
            {
                Interlocked.Decrement(ref now);
            }
        });
        var targets = Enumerable.Range(0, 100).Select(i => target with { Name = $"s{i}" }).ToArray();
        using var scraper = new StratumScraper(new ScraperOptions { Keys = repository.TrustedKeys, TimeProvider = repository.Clock, MaxServers = 5, MaxRequestsPerServer = 2 });

        var servers = await scraper.ScrapeAsync(targets);

        Assert.InRange(most, 1, 10);
        Assert.Equal(targets.Select(one => one.Name), servers.Select(server => server.Target.Name));
        Assert.All(servers, server => Assert.Equal(ServerOutcome.Reachable, server.Outcome));
    }

    [Theory, Conforms("protocol", 140)]
    [InlineData(RepositoryFault.WhitelistOfStranger, RepositoryOutcome.Invalid)]
    [InlineData(null, RepositoryOutcome.Ok)]
    public async Task What_unsigned_files_claim_changes_no_verdict(RepositoryFault? fault, RepositoryOutcome expected)
    {
        using var repository = await BuildAsync();
        if (fault is { } broken) repository.Break(broken);
        string claims = expected == RepositoryOutcome.Ok
            ? """{"check_status":"failed","last_snapshot":"Thu Jan  1 00:00:00 UTC 1970"}"""
            : """{"check_status":"succeeded","last_check":"Thu Jan  1 00:00:00 UTC 2026","signature":"good"}""";
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, Either(Lists, FakeFleet.Answer("/.cvmfs_status.json", 200, claims)));
        Assert.Equal(expected, (await ScrapeAsync(repository, target))[0].Repositories[0].Outcome);
    }

    [Fact]
    public async Task Without_keys_a_repository_is_unverified()
    {
        using var repository = await BuildAsync();
        await using var fleet = new FakeFleet();
        using var scraper = new StratumScraper(new ScraperOptions { TimeProvider = repository.Clock, RetryDelay = TimeSpan.Zero });
        var servers = await scraper.ScrapeAsync([await fleet.AddAsync(repository.ServerRoot, Lists)]);
        Assert.Equal(RepositoryOutcome.Unverified, servers[0].Repositories[0].Outcome);
        Assert.Null(servers[0].Repositories[0].Verified);
    }

    [Fact, Conforms("monitoring", 2)]
    public async Task A_repository_of_the_reference_with_another_hash_is_verified()
    {
        using var repository = TestData.Unpack("shake128.example.org");
        var manifest = Manifest.Parse(await File.ReadAllBytesAsync(Path.Combine(repository.Path, RootFileNames.Manifest)));
        var whitelist = Trust.Whitelist.Parse(await File.ReadAllBytesAsync(Path.Combine(repository.Path, RootFileNames.Whitelist)));
        string root = Path.GetDirectoryName(repository.Path)!;
        await using var fleet = new FakeFleet();
        var address = await fleet.AddAsync(root, context =>
        {
            context.Request.Path = new PathString(context.Request.Path.Value!.Replace("/cvmfs/shake128.example.org/", "/cvmfs/repository/", StringComparison.Ordinal));
            return Task.FromResult(false);
        });
        var target = address with { Backend = ServerBackend.S3, Repositories = [RepositoryName.Parse(repository.Name)] };
        using var scraper = new StratumScraper(new ScraperOptions
        {
            Keys = await Trust.MasterKeys.LoadAsync(repository.PublicKeyPath),
            TimeProvider = new FakeClock(whitelist.CreatedAt!.Value.AddHours(2)),
        });

        var report = (await scraper.ScrapeAsync([target]))[0].Repositories[0];

        Assert.Equal((RepositoryOutcome.Ok, ErrorClass.None), (report.Outcome, report.Error));
        Assert.EndsWith("-shake128", manifest.RootCatalog.ToString(), StringComparison.Ordinal);
        Assert.Equal(ObjectSuffix.Certificate, report.Manifest!.CertificateKey!.Value.Suffix);
    }

    private static Task<BuiltRepository> BuildAsync() => new RepositoryBuilder("soft.example.org").File("/hello", "hello").BuildAsync();

    private static async Task<IReadOnlyList<ServerReport>> ScrapeAsync(BuiltRepository repository, params ScrapeTarget[] targets)
    {
        using var scraper = new StratumScraper(new ScraperOptions { Keys = repository.TrustedKeys, TimeProvider = repository.Clock, RetryDelay = TimeSpan.Zero });
        return await scraper.ScrapeAsync(targets);
    }

    private static Func<HttpContext, Task<bool>> Either(Func<HttpContext, Task<bool>> first, Func<HttpContext, Task<bool>> second)
        => async context => await first(context) || await second(context);

    /// <summary>Completes when so many servers are done.</summary>
    private sealed class Countdown(int servers) : IProgress<ServerReport>
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = servers;

        public Task Reached => _reached.Task;

        public void Report(ServerReport value)
        {
            if (Interlocked.Decrement(ref _left) == 0) _reached.TrySetResult();
        }
    }

    [Fact]
    public async Task Of_any_number_of_servers_only_so_much_is_kept()
    {
        using var network = new DocumentHandler();
        using var scraper = new StratumScraper(new ScraperOptions { Handler = network, MaxServersKept = 3, GeoQueries = [] });
        await scraper.ScrapeAsync(Enumerable.Range(0, 10).Select(i => $"s{i}.example.org"), TestContext.Current.CancellationToken);
        Assert.Equal(3, scraper.FactsKept);
    }
}
