using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Cvmfs.Net.Monitoring.Servermon;
using Cvmfs.Net.Monitoring.Tracking;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Monitoring.Tests.Servermon;

public sealed class ServermonStrictTests : IAsyncLifetime
{
    private readonly FakeFleet _servers = new();
    private BuiltRepository _repository = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _repository = await ScrapeKit.BuildAsync();

    public async ValueTask DisposeAsync()
    {
        await _servers.DisposeAsync();
        _repository.Dispose();
    }

    [Fact]
    public async Task All_has_our_tests_only_where_that_is_wanted_so_that_collectors_see_nothing_new()
    {
        using var api = await StartAsync(options => options with { View = () => ViewOf(_repository.Manifest.Revision) });
        Assert.DoesNotContain("signature", await AskAsync(api, "all&format=details"), StringComparison.Ordinal);
        Assert.DoesNotContain("signature", await AskAsync(api, "all&format=details&strict=0"), StringComparison.Ordinal);
        foreach (string strict in (string[])[await AskAsync(api, "all&strict=1&format=details"), await AskAsync(api, "all&format=details", "?strict=1")])
        {
            foreach (string test in (string[])["signature", "rootcatalog", "sync"]) Assert.Contains($"\"{test}\":[{{\"msg\":\"\",\"repo\":\"soft.example.org\"}}]", strict, StringComparison.Ordinal);
            Assert.DoesNotContain("tls", strict, StringComparison.Ordinal); // there is none
            Assert.DoesNotContain("storage", strict, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_the_file_disables_and_excludes_is_left_out_of_ours_too()
    {
        using var folder = new TempFolder();
        string file = folder.Combine("api.conf");
        await File.WriteAllTextAsync(file, "disabletest signature\n", Cancel);
        using var api = await StartAsync(options => options with { ConfigurationFile = file });
        Assert.DoesNotContain("signature", await AskAsync(api, "all&strict=1&format=details"), StringComparison.Ordinal);
        Assert.Equal("OK:soft.example.org\n", await AskAsync(api, "signature"));

        await File.WriteAllTextAsync(file, "excluderepo soft.example.org\n", Cancel);
        using var other = await StartAsync(options => options with { ConfigurationFile = file });
        Assert.Equal("", await AskAsync(other, "signature"));
    }

    [Fact]
    public async Task A_signature_is_right_wrong_or_not_to_be_told()
    {
        using var right = await StartAsync();
        using var none = await StartAsync(options => options with { Scraping = options.Scraping with { Keys = MasterKeys.None } });
        using var others = await StartAsync(options => options with { Scraping = options.Scraping with { Keys = TestKeys.Stranger.Publisher.TrustedKeys } });
        using var absent = await StartAsync(fault: FakeFleet.Answer(".cvmfspublished", 404));
        Assert.Equal("OK\n", await AskAsync(right, "signature&format=status"));
        Assert.Contains("\"WARNING\":{\"signature\":[{\"msg\":\"no master key is known to verify it with\"", await AskAsync(none, "signature&format=details"), StringComparison.Ordinal);
        Assert.Contains("\"CRITICAL\":{\"signature\":[{\"msg\":\"error: ", await AskAsync(others, "signature&format=details"), StringComparison.Ordinal);
        Assert.Contains("\"CRITICAL\":{\"signature\":[{\"msg\":\"error: ", await AskAsync(absent, "signature&format=details"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_of_the_fleet_verify_too()
    {
        using var api = await StartAsync(options => options with { Scraping = options.Scraping with { Keys = MasterKeys.None } }, fleet: fleet => fleet with { Keys = _repository.TrustedKeys });
        Assert.Equal("OK\n", await AskAsync(api, "signature&format=status"));
    }

    [Fact]
    public async Task A_revision_without_its_root_catalog_is_critical()
    {
        using var api = await StartAsync(fault: FakeFleet.Answer(ObjectPath.Of(_repository.Manifest.RootCatalogKey), 404));
        Assert.Equal(
            $"{{\"CRITICAL\":{{\"rootcatalog\":[{{\"msg\":\"revision {_repository.Manifest.Revision} without its root catalog\",\"repo\":\"soft.example.org\"}}]}}}}\n",
            await AskAsync(api, "rootcatalog&format=details"));
        Assert.Equal("OK\n", await AskAsync(api, "signature&format=status"));
    }

    [Theory]
    [InlineData("00:45:00", "OK", "")]
    [InlineData("00:45:01", "WARNING", "3 revisions behind s0 for 45 minutes")]
    [InlineData("02:15:00", "WARNING", "3 revisions behind s0 for 135 minutes")]
    [InlineData("02:15:01", "CRITICAL", "3 revisions behind s0 for 135 minutes")]
    public async Task A_replica_is_judged_by_how_long_it_has_been_behind(string lag, string status, string message)
    {
        var span = TimeSpan.Parse(lag, System.Globalization.CultureInfo.InvariantCulture);
        using var api = await StartAsync(options => options with { View = () => ViewOf(_repository.Manifest.Revision + 3, span) });
        Assert.Equal($"{{\"{status}\":{{\"sync\":[{{\"msg\":\"{message}\",\"repo\":\"soft.example.org\"}}]}}}}\n", await AskAsync(api, "sync&format=details"));
    }

    [Fact]
    public async Task A_limit_of_the_fleet_outranks_the_usual_lag_and_without_a_reference_there_is_nothing_to_tell()
    {
        using var api = await StartAsync(
            options => options with { View = () => ViewOf(_repository.Manifest.Revision + 1, TimeSpan.FromMinutes(11)) },
            fleet: fleet => fleet with { MaxLags = new Dictionary<string, TimeSpan> { ["soft.example.org"] = TimeSpan.FromMinutes(10) } });
        Assert.Equal("WARNING\n", await AskAsync(api, "sync&format=status"));
        using var blind = await StartAsync();
        Assert.Equal("", await AskAsync(blind, "sync"));
    }

    [Fact]
    public async Task The_same_revision_with_another_root_is_critical()
    {
        using var api = await StartAsync(options => options with { View = () => ViewOf(_repository.Manifest.Revision, sameRoot: false) });
        Assert.Contains($"\"msg\":\"revision {_repository.Manifest.Revision} is another than that of s0\"", await AskAsync(api, "sync&format=details"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("15.00:00:00", "OK", "")]
    [InlineData("13.23:59:59", "WARNING", "the certificate expires in 335 hours")]
    [InlineData("2.23:59:59", "CRITICAL", "the certificate expires in 71 hours")]
    [InlineData("-00:00:01", "CRITICAL", "the certificate is expired")]
    public async Task A_certificate_is_judged_by_the_time_it_has_left(string left, string status, string message)
    {
        using var certificate = FakeFleet.SelfSigned("s1.example.org");
        var real = await _servers.AddAsync(_repository.ServerRoot, FakeFleet.Lists(), certificate);
        var clock = new FakeClock(new DateTimeOffset(2035, 1, 1, 0, 0, 0, TimeSpan.Zero) - TimeSpan.Parse(left, System.Globalization.CultureInfo.InvariantCulture));
        using var api = new ServermonApi(new ServermonOptions
        {
            Fleet = () => new ServermonFleet { Aliases = new Dictionary<string, Uri> { ["s1"] = new($"https://s1.example.org:{real.BaseUrl.Port}") } },
            Scraping = ScrapeKit.Options(_repository) with
            {
                TimeProvider = clock,
                Resolver = static (_, family, _) => Task.FromResult<IPAddress[]>(family == AddressFamily.InterNetwork ? [IPAddress.Loopback] : []),
                CertificateAuthorities = new X509Certificate2Collection(certificate),
            },
        });
        Assert.Equal($"{{\"{status}\":{{\"tls\":[{{\"msg\":\"{message}\",\"repo\":\"soft.example.org\"}}]}}}}\n", await AskAsync(api, "tls&format=details"));
    }

    [Theory]
    [InlineData(100, "OK", "")]
    [InlineData(99, "WARNING", "9% of the storage are free")]
    [InlineData(30, "WARNING", "3% of the storage are free")]
    [InlineData(29, "CRITICAL", "2% of the storage are free")]
    public async Task Storage_is_that_of_this_machine_and_of_no_other(int free, string status, string message)
    {
        var network = new DocumentHandler();
        foreach (string host in (string[])["127.0.0.1", "s1.example.org"]) network.Put($"http://{host}/cvmfs/info/v1/repositories.json", """{"replicas":[{"name":"soft.example.org","url":"/cvmfs/soft.example.org"}]}""");
        using var api = new ServermonApi(new ServermonOptions
        {
            Fleet = () => new ServermonFleet { Aliases = new Dictionary<string, Uri> { ["s1"] = new("http://s1.example.org") } },
            StorageFolder = "/srv",
            Volume = folder => (free, folder == "/srv" ? 1000 : 0),
            Scraping = new ScraperOptions { Handler = network },
        });
        Assert.Equal($"{{\"{status}\":{{\"storage\":[{{\"msg\":\"{message}\",\"repo\":\"soft.example.org\"}}]}}}}\n", await AskAsync(api, "storage&format=details", alias: "local"));
        Assert.Equal("", await AskAsync(api, "storage"));
        Assert.Equal(2, network.Asked.Count); // the lists, and nothing for the sake of a disk
    }

    [Fact]
    public async Task A_volume_that_cannot_be_looked_at_is_critical()
    {
        using var folder = new TempFolder();
        using var server = await StartAsync(options => options with { StorageFolder = folder.Path, Volume = static _ => throw new IOException("no such volume") }, alias: "local");
        Assert.Contains("\"CRITICAL\":{\"storage\":[{\"msg\":\"error: no such volume\"", await AskAsync(server, "storage&format=details", alias: "local"), StringComparison.Ordinal);
        using var real = await StartAsync(options => options with { StorageFolder = folder.Path }, alias: "local");
        Assert.Contains("storage", await AskAsync(real, "storage&format=details", alias: "local"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_ours_need_and_does_not_come_in_time_is_critical_too()
    {
        var asked = new TaskCompletionSource();
        var clock = new FakeClock();
        using var network = new DocumentHandler();
        network.Put("http://127.0.0.1/cvmfs/info/v1/repositories.json", """{"replicas":[{"name":"soft.example.org","url":"/cvmfs/soft.example.org"}]}""");
        network.Before = async (request, cancellationToken) =>
        {
            if (!request.RequestUri!.AbsolutePath.EndsWith(".cvmfspublished", StringComparison.Ordinal)) return;
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        };
        using var api = new ServermonApi(new ServermonOptions { Budget = TimeSpan.FromSeconds(5), Scraping = new ScraperOptions { Handler = network, TimeProvider = clock, RetryDelay = TimeSpan.Zero } });
        var answer = AskAsync(api, "signature&format=details", alias: "local");
        await asked.Task.WaitAsync(Cancel);
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("{\"CRITICAL\":{\"signature\":[{\"msg\":\"error: timeout\",\"repo\":\"soft.example.org\"}]}}\n", await answer);
    }

    private async Task<ServermonApi> StartAsync(
        Func<ServermonOptions, ServermonOptions>? change = null, Func<Microsoft.AspNetCore.Http.HttpContext, Task<bool>>? fault = null, Func<ServermonFleet, ServermonFleet>? fleet = null, string alias = "s1")
    {
        var target = await _servers.AddAsync(_repository.ServerRoot, fault is null ? FakeFleet.Lists() : FakeFleet.Either(fault, FakeFleet.Lists()));
        var known = new ServermonFleet { Aliases = new Dictionary<string, Uri> { [alias] = target.BaseUrl } };
        known = fleet?.Invoke(known) ?? known;
        var options = new ServermonOptions { Fleet = () => known, Scraping = ScrapeKit.Options(_repository) };
        return new ServermonApi(change?.Invoke(options) ?? options);
    }

    /// <summary>What a monitor knows: a Stratum 0 with this revision, published that long ago.</summary>
    private FleetView ViewOf(ulong revision, TimeSpan age = default, bool sameRoot = true)
    {
        var root = sameRoot ? _repository.Manifest.RootCatalog : _repository.Manifest.CertificateKey!.Value.Hash;
        var now = _repository.Clock.GetUtcNow();
        return new FleetView([], now, [new RepositoryReference(_repository.Name, "s0", ReferenceSource.Stratum0, revision, root, now - age, IsVerified: true)], []);
    }

    private static async Task<string> AskAsync(ServermonApi api, string request, string? query = null, string alias = "s1")
    {
        var answer = await api.AnswerAsync($"/cvmfsmon/api/v1.0/{request}&server={alias}", query, cancellationToken: Cancel);
        Assert.Equal((200, ""), (answer.Status, answer.Status == 200 ? "" : answer.Body));
        return answer.Body;
    }
}
