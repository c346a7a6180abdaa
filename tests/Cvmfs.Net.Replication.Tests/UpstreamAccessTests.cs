using System.Diagnostics;
using System.Text;
using Cvmfs.Net.Replication.Tests.Crash;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Replication.Tests;

/// <summary>How a replica speaks to its upstream: proxies, redirects, bandwidth, and whose settings hold for whom.</summary>
public sealed class UpstreamAccessTests : IAsyncLifetime
{
    private const string DeadProxy = "http://127.0.0.1:1";

    private BuiltRepository _upstream = null!;
    private FakeStratum _server = null!;
    private FakeStratum _proxy = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Url => _server.UrlOf(_upstream.Name.ToString()).AbsoluteUri;

    public async ValueTask InitializeAsync()
    {
        _upstream = await new RepositoryBuilder().Files("/a", 20).BuildAsync();
        (_server, _proxy) = (await FakeStratum.StartAsync(), await FakeStratum.StartAsync());
        _server.MountRepository(_upstream.Name.ToString(), _upstream.Path);
        _proxy.MountRepository(_upstream.Name.ToString(), _upstream.Path); // a proxy that has everything
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _proxy.DisposeAsync();
        _upstream.Dispose();
    }

    [Fact]
    [Conforms("stratum1", 54)]
    public async Task A_dead_proxy_is_passed_over_and_the_next_one_asked_for_everything()
    {
        await using var replica = Setup(Url, options => options.Proxies = $"{DeadProxy};{_proxy.BaseUrl}");
        var report = await replica.SnapshotAsync();
        Assert.True(report.Succeeded, report.Message);
        Assert.Empty(_server.Requests);
        Assert.All(_proxy.Requests, request => Assert.StartsWith(Url + "/", request.RawTarget, StringComparison.Ordinal)); // whole URLs, as proxies are asked
        Assert.Equal(Url, report.Upstream);
        ReplicaInvariants.Check(replica.Folder);
    }

    [Fact]
    [Conforms("stratum1", 54)]
    public async Task When_a_group_has_failed_the_server_itself_is_asked_if_the_list_says_so()
    {
        await using var direct = Setup(Url, options => options.Proxies = $"{DeadProxy}|http://127.0.0.1:2;DIRECT");
        var report = await direct.SnapshotAsync();
        Assert.True(report.Succeeded, report.Message);
        Assert.NotEmpty(_server.Requests);

        int asked = _server.Requests.Count;
        await using var never = Setup(Url, options => options.Proxies = $"{DeadProxy}|http://127.0.0.1:2", new ReplicaServices { TimeProvider = new ImpatientClock() });
        Assert.Equal(SnapshotOutcome.UpstreamUnreachable, (await never.SnapshotAsync()).Outcome);
        Assert.Equal(asked, _server.Requests.Count);
    }

    [Fact]
    [Conforms("stratum1", 54)]
    public async Task The_environments_proxies_are_not_asked()
    {
        using var folder = new TempFolder();
        string key = folder.Write("key.pub", Encoding.ASCII.GetBytes(_upstream.Keys.Publisher.MasterPublicKeyPem));
        var start = new ProcessStartInfo("dotnet", [SnapshotProcess.Tool, "replica", "snapshot", "--upstream", Url, "-k", key, "--storage", folder.Combine("replica")])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (string name in (string[])["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]) start.Environment[name] = _proxy.BaseUrl.AbsoluteUri;
        foreach (string name in (string[])["no_proxy", "NO_PROXY"]) start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Token);
        string errors = await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, errors + await output);
        Assert.Empty(_proxy.Requests);
        Assert.NotEmpty(_server.Requests);
    }

    [Fact]
    [Conforms("stratum1", 53)]
    public async Task Every_request_says_who_asks_and_none_follows_a_redirect()
    {
        await using var replica = Setup(Url);
        Assert.True((await replica.SnapshotAsync()).Succeeded);
        Assert.All(_server.Requests, request => Assert.StartsWith("cvmfs ", request.Header("User-Agent"), StringComparison.Ordinal));

        _server.Fail(".cvmfspublished", Fault.Redirect($"/cvmfs/{_upstream.Name}/elsewhere"));
        var report = await replica.SnapshotAsync();
        Assert.Equal(SnapshotOutcome.UpstreamUnreachable, report.Outcome);
        Assert.Equal(0, _server.Count("elsewhere"));
    }

    [Fact]
    public async Task A_bound_that_replicas_share_holds_a_run_up_until_time_has_passed()
    {
        var clock = new FakeClock(); // the bound's alone: nothing else waits for it
        var bound = new ByteRateLimit(1000, clock);
        await using var replica = Setup(Url, options => options.MaxTransfers = 1, new ReplicaServices { RateLimits = [bound] });
        var run = replica.SnapshotAsync();
        await Task.WhenAny(run, clock.WhenTimersAsync(1));
        Assert.False(run.IsCompleted);
        while (!run.IsCompleted)
        {
            await Task.WhenAny(run, clock.WhenTimersAsync(1));
            clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        var report = await run;
        Assert.True(report.Succeeded, report.Message);
        Assert.True(clock.GetUtcNow() - new FakeClock().GetUtcNow() > TimeSpan.FromSeconds(1), $"{report.BytesFetched} bytes");
    }

    [Fact]
    [Conforms("stratum1", 104)]
    public async Task Settings_of_one_replica_are_not_anothers()
    {
        var shared = new ByteRateLimit(1 << 30);
        await using var connections = new HttpConnections();
        var services = new ReplicaServices { Connections = connections, RateLimits = [shared], Stores = new SharedStores() };
        await using var one = Setup(Url, options => (options.Proxies, options.MaxBytesPerSecond, options.HistoryLimit) = (_proxy.BaseUrl.AbsoluteUri, 1 << 20, TimeSpan.FromDays(1)), services);
        await using var two = Setup(Url, services: services);

        var reports = await Task.WhenAll(one.SnapshotAsync(), two.SnapshotAsync());

        Assert.All(reports, report => Assert.True(report.Succeeded, report.Message));
        Assert.All(_proxy.Requests, request => Assert.StartsWith("http://", request.RawTarget, StringComparison.Ordinal));
        Assert.All(_server.Requests, request => Assert.StartsWith("/cvmfs/", request.RawTarget, StringComparison.Ordinal));
        Assert.Equal(_proxy.Requests.Count, _server.Requests.Count); // each asked its own, for all
        var (mine, others) = (Source(one), Source(two));
        Assert.Equal((2, 1), (mine.Http.RateLimits.Count, others.Http.RateLimits.Count));
        Assert.Same(shared, mine.Http.RateLimits[1]);
        Assert.Same(shared, others.Http.RateLimits[0]);
        Assert.Equal((true, false), (mine.Proxies is not null, others.Proxies is not null));
        Assert.Equal(new ReplicationOptions().HistoryLimit, two.Replica.Options.HistoryLimit);

        RepositorySourceOptions Source(ReplicaSetup replica)
            => Replica.SourceOptions(replica.Replica.Options, services, new RepetitionCounts(), TimeProvider.System, NullLogger.Instance);
    }

    [Fact]
    public void A_replicas_own_bound_runs_on_its_clock()
    {
        var clock = new FakeClock();
        var options = new ReplicationOptions { MaxBytesPerSecond = 1000 };
        var bound = Assert.Single(Replica.SourceOptions(options, new ReplicaServices(), new RepetitionCounts(), clock, NullLogger.Instance).Http.RateLimits);
        bound.Charge(2100);
        var waiting = bound.WaitAsync(Token).AsTask();
        clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(waiting.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True(waiting.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData("")]
    [InlineData("http://a:3128;;DIRECT")]
    [InlineData("a:3128/path")]
    public void A_list_of_proxies_that_is_none_is_refused_at_once(string proxies)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() => Setup(Url, options => options.Proxies = proxies));
        Assert.Contains("Proxies: member 1 of group ", refusal.Message, StringComparison.Ordinal);
    }

    private ReplicaSetup Setup(string url, Action<ReplicationOptions>? configure = null, ReplicaServices? services = null)
        => new(url, _upstream.Name.ToString(), _upstream.TrustedKeys, configure, services);
}
