using System.Net;
using System.Net.Sockets;
using System.Text;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;
using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Monitoring.Tests.Scraping;

public sealed class ErrorClassTests
{
    /// <summary>How to break a server so that one class comes out somewhere in its report.</summary>
    private static readonly Dictionary<ErrorClass, Func<HttpContext, Task<bool>>> Faults = new()
    {
        [ErrorClass.Reset] = context =>
        {
            context.Abort();
            return Task.FromResult(true);
        },
        [ErrorClass.Redirect] = FakeFleet.Redirect("/.cvmfspublished", context => context.Request.Path.Value!),
        [ErrorClass.Http404] = FakeFleet.Answer("/.cvmfspublished", 404),
        [ErrorClass.Http403] = FakeFleet.Answer("/.cvmfspublished", 403),
        [ErrorClass.Http4xx] = FakeFleet.Answer("/.cvmfspublished", 418),
        [ErrorClass.Http5xx] = FakeFleet.Answer("/.cvmfspublished", 503),
        [ErrorClass.TooLarge] = FakeFleet.Answer("/.cvmfspublished", 200, new byte[100_000]),
        [ErrorClass.EmptyBody] = FakeFleet.Answer("/.cvmfspublished", 200),
        [ErrorClass.NotCvmfs] = FakeFleet.Answer("/.cvmfspublished", 200, "<html></html>"),
        [ErrorClass.JsonSyntax] = FakeFleet.Answer("/repositories.json", 200, "{\"schema\":1,"),
        [ErrorClass.JsonSchema] = FakeFleet.Answer("/repositories.json", 200, "{\"schema\":1,\"replicas\":\"none\"}"),
        [ErrorClass.ManifestSyntax] = FakeFleet.Answer("/.cvmfspublished", 200, "Q\n--\n"),
        [ErrorClass.GeoInvalid] = context => context.Request.Path.Value!.Contains("/geo/", StringComparison.Ordinal) ? AnswerAsync(context, "2,2,1\n") : Task.FromResult(false),
        [ErrorClass.UnparseableDate] = FakeFleet.Answer("/.cvmfs_status.json", 200, "{\"last_snapshot\":\"yesterday\"}"),
        [ErrorClass.TypeMismatch] = FakeFleet.Answer("/repositories.json", 200, "{\"schema\":1,\"repositories\":[],\"replicas\":[]}"),
    };

    private static readonly Dictionary<ErrorClass, RepositoryFault> RepositoryFaults = new()
    {
        [ErrorClass.ManifestDigest] = RepositoryFault.ManifestChangedAfterSigning,
        [ErrorClass.Signature] = RepositoryFault.ManifestOfStranger,
        [ErrorClass.Certificate] = RepositoryFault.CertificateNotListed,
        [ErrorClass.Whitelist] = RepositoryFault.WhitelistOfStranger,
        [ErrorClass.HashMismatch] = RepositoryFault.DamagedRootCatalog,
    };

    // Those that need another network rather than another answer have tests of their own below.
    private static readonly ErrorClass[] OfTheNetwork =
        [ErrorClass.Dns, ErrorClass.ConnectRefused, ErrorClass.ConnectTimeout, ErrorClass.Timeout, ErrorClass.TlsHandshake, ErrorClass.TlsCertificate, ErrorClass.Cancelled];

    public static TheoryData<ErrorClass> Breakable => [.. Faults.Keys, .. RepositoryFaults.Keys];

    [Fact, Conforms("monitoring", 34)]
    public void Every_class_has_a_fixture_and_a_name_of_its_own()
    {
        var all = Enum.GetValues<ErrorClass>().Where(error => error != ErrorClass.None).ToList();
        Assert.Equal(all.Order(), Breakable.Select(row => row.Data).Concat(OfTheNetwork).Order());
        Assert.Equal(all.Count, all.Select(error => error.Name()).Distinct().Count());
    }

    [Theory, Conforms("monitoring", 34)]
    [MemberData(nameof(Breakable))]
    public async Task A_server_that_is_broken_in_one_way_is_named_by_its_class(ErrorClass expected)
    {
        using var repository = await ScrapeKit.BuildAsync();
        if (RepositoryFaults.TryGetValue(expected, out var fault)) repository.Break(fault);
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, Faults.TryGetValue(expected, out var broken) ? FakeFleet.Either(broken, FakeFleet.Lists()) : FakeFleet.Lists());
        var options = ScrapeKit.Options(repository) with { GeoQueries = [GeoQuery.Default] };

        var report = await ScrapeKit.ScrapeAsync(options, target with { Role = ServerRole.Stratum1, Repositories = [repository.Name] });

        var seen = report.Endpoints.Select(endpoint => endpoint.Error).Append(report.Error)
            .Concat(report.Warnings.Select(warning => warning.Error))
            .Concat(report.Geo.Select(geo => geo.Error))
            .Concat(report.Repositories.SelectMany(one => new[] { one.Error, one.StatusError }));
        Assert.Contains(expected, seen);
    }

    [Fact, Conforms("monitoring", 34)]
    public async Task A_name_that_does_not_resolve()
    {
        using var repository = await ScrapeKit.BuildAsync();
        var options = ScrapeKit.Options(repository) with { Resolver = (_, _, _) => throw new SocketException((int)SocketError.HostNotFound) };
        var report = await ScrapeKit.ScrapeAsync(options, ScrapeTarget.Parse("s1.example.org"));
        Assert.Equal((ServerOutcome.Unreachable, ErrorClass.Dns), (report.Outcome, report.Error));
        Assert.All(report.Network!.Dns, dns => Assert.NotNull(dns.Detail));
        Assert.Equal(2, report.Endpoints[0].Attempts); // once more, for it is the network
    }

    [Fact, Conforms("monitoring", 27), Conforms("monitoring", 34)]
    public async Task A_connection_that_never_stands()
    {
        using var repository = await ScrapeKit.BuildAsync();
        var options = ScrapeKit.Options(repository) with
        {
            Connector = async (_, cancellationToken) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                return Stream.Null;
            },
        };
        var run = ScrapeKit.ScrapeAsync(options, ScrapeTarget.Parse("127.0.0.1:9"));
        await repository.Clock.WhenTimersAsync(3); // server, request, connection
        repository.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(ErrorClass.ConnectTimeout, (await run).Error);
    }

    [Fact, Conforms("monitoring", 27), Conforms("monitoring", 34)]
    public async Task A_servers_share_of_time_ends_everything_that_was_not_asked_for_yet()
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        var asked = new TaskCompletionSource();
        var target = await fleet.AddAsync(repository.ServerRoot, context =>
        {
            asked.TrySetResult();
            return fleet.Hang(context);
        });
        var options = ScrapeKit.Options(repository) with { MaxRequestsPerServer = 1, ServerTimeout = TimeSpan.FromSeconds(8) };
        var run = ScrapeKit.ScrapeAsync(options, target with { Backend = ServerBackend.S3, Repositories = [repository.Name] });
        await asked.Task;
        repository.Clock.Advance(TimeSpan.FromSeconds(8));
        var report = await run;
        Assert.Equal([ErrorClass.Timeout, ErrorClass.Cancelled], report.Endpoints.Select(endpoint => endpoint.Error).Distinct().Order());
    }

    [Fact, Conforms("monitoring", 34)]
    public async Task A_server_without_tls_and_one_whose_certificate_nobody_trusts()
    {
        using var repository = await ScrapeKit.BuildAsync();
        using var certificate = FakeFleet.SelfSigned("127.0.0.1");
        await using var fleet = new FakeFleet();
        var plain = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Lists());
        var distrusted = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Lists(), certificate);
        var options = ScrapeKit.Options(repository);
        Assert.Equal(ErrorClass.TlsHandshake, (await ScrapeKit.ScrapeAsync(options, new ScrapeTarget(new Uri($"https://{plain.BaseUrl.Authority}")))).Error);
        var report = await ScrapeKit.ScrapeAsync(options, distrusted);
        Assert.Equal(ErrorClass.TlsCertificate, report.Error);
        Assert.Equal((false, certificate.NotAfter.ToUniversalTime()), (report.Network!.Tls!.IsTrusted, report.Network.Tls.NotAfter.UtcDateTime));
        Assert.Equal(AddressFamily.InterNetwork, report.Endpoints[0].Family);
    }

    private static async Task<bool> AnswerAsync(HttpContext context, string text)
    {
        await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(text));
        return true;
    }
}
