using System.Net;
using System.Net.Sockets;
using Cvmfs.Net.Monitoring.Checks;
using Cvmfs.Net.Monitoring.Tracking;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Scraping;

public sealed class NetworkTests
{
    [Fact, Conforms("monitoring", 31)]
    public async Task Every_address_of_both_families_is_asked_by_itself_and_a_dead_one_is_named()
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        var real = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Lists());
        var options = ScrapeKit.Options(repository) with
        {
            // One address of two is dead, and there is another family, which is not asked as if it were the same thing.
            Resolver = (_, family, _) => Task.FromResult<IPAddress[]>(family == AddressFamily.InterNetwork ? [IPAddress.Parse("127.0.0.2"), IPAddress.Loopback] : [IPAddress.IPv6Loopback]),
            Connector = (address, cancellationToken) => ConnectAsync(address, cancellationToken),
        };
        var server = await ScrapeKit.ScrapeAsync(options, ScrapeTarget.Parse($"s1.example.org:{real.BaseUrl.Port}"));

        Assert.Equal((ServerOutcome.Reachable, RepositoryOutcome.Ok), (server.Outcome, server.Repositories[0].Outcome));
        Assert.Equal([(AddressFamily.InterNetwork, 2), (AddressFamily.InterNetworkV6, 1)], server.Network!.Dns.Select(dns => (dns.Family, dns.Addresses.Count)));
        Assert.Equal([("127.0.0.2", false), ("127.0.0.1", true), ("::1", true)], server.Network.Addresses.Select(address => ($"{address.Address}", address.IsUp)));
        Assert.Equal(AddressFamily.InterNetworkV6, server.Endpoints[0].Family);
        var found = Assert.Single(new NetworkCheck().Judge(FleetView.Of([server with { ClockSkew = null }], server.ScrapedAt)));
        Assert.Equal(CheckStatus.Warning, found.Status);
        Assert.Contains("127.0.0.2", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_an_authority_of_ones_own_is_trusted_when_that_is_named_and_its_end_is_told()
    {
        using var repository = await ScrapeKit.BuildAsync();
        using var certificate = FakeFleet.SelfSigned("s1.example.org");
        await using var fleet = new FakeFleet();
        var real = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Lists(), certificate);
        var options = ScrapeKit.Options(repository) with
        {
            Resolver = (_, family, _) => Task.FromResult<IPAddress[]>(family == AddressFamily.InterNetwork ? [IPAddress.Loopback] : []),
        };
        var target = ScrapeTarget.Parse($"https://s1.example.org:{real.BaseUrl.Port}");
        Assert.Equal((ServerOutcome.Unreachable, ErrorClass.TlsCertificate), await OutcomeAsync(options));
        var authorities = new System.Security.Cryptography.X509Certificates.X509Certificate2Collection(certificate);
        var server = await ScrapeKit.ScrapeAsync(options with { CertificateAuthorities = authorities }, target);
        Assert.Equal((ServerOutcome.Reachable, true), (server.Outcome, server.Network!.Tls!.IsTrusted));
        Assert.Equal(new DateTimeOffset(2035, 1, 1, 0, 0, 0, TimeSpan.Zero), server.Network.Tls.NotAfter);
        Assert.StartsWith("1.", server.Network.Tls.Version, StringComparison.Ordinal);

        async Task<(ServerOutcome, ErrorClass)> OutcomeAsync(ScraperOptions how)
        {
            var report = await ScrapeKit.ScrapeAsync(how, target);
            return (report.Outcome, report.Error);
        }
    }

    [Fact, Conforms("monitoring", 30)]
    public async Task A_proxy_counts_when_it_is_configured_and_only_then()
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Lists());
        var seen = new List<string>();
        var proxy = await fleet.AddAsync(repository.ServerRoot, context =>
        {
            lock (seen) seen.Add(context.Request.Host.Value!);
            return Task.FromResult(false);
        });
        var inherited = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new WebProxy("http://127.0.0.1:1"); // what a variable of the environment leads to
        try
        {
            Assert.Equal(ServerOutcome.Reachable, (await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository), target)).Outcome);
            Assert.Empty(seen);
            await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository) with { Proxy = proxy.BaseUrl }, target with { Repositories = [repository.Name] });
            Assert.Contains(target.BaseUrl.Authority, seen);
        }
        finally
        {
            HttpClient.DefaultProxy = inherited;
        }
    }

    [Fact]
    public async Task Caches_on_the_way_and_wrong_clocks_are_told()
    {
        using var repository = await ScrapeKit.BuildAsync();
        await using var fleet = new FakeFleet();
        var target = await fleet.AddAsync(repository.ServerRoot, FakeFleet.Either(FakeFleet.Lists(), context =>
        {
            context.Response.Headers.Date = repository.Clock.GetUtcNow().AddMinutes(3).ToString("R");
            if (!context.Request.Path.Value!.EndsWith("/.cvmfspublished", StringComparison.Ordinal)) return Task.FromResult(false);
            context.Response.Headers.Age = "40";
            context.Response.Headers["X-Cache"] = "HIT";
            return Task.FromResult(false);
        }));
        var server = await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository), target);
        var manifest = server.Endpoints.Single(endpoint => endpoint.Endpoint == "manifest");
        Assert.Equal((TimeSpan.FromSeconds(40), "HIT", null), (manifest.Age, manifest.CacheStatus, manifest.ClockSkew));
        Assert.Equal(TimeSpan.FromSeconds(40), server.Repositories[0].ManifestAge);
        Assert.Equal(TimeSpan.FromMinutes(3), server.ClockSkew);
    }

    /// <summary>The server listens on one address; the other family leads there, too, and 127.0.0.2 nowhere.</summary>
    private static async Task<Stream> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        if (address.Address.Equals(IPAddress.Parse("127.0.0.2"))) throw new SocketException((int)SocketError.ConnectionRefused);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, address.Port), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
