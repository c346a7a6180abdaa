using System.Net;
using System.Text;
using Cvmfs.Net.Diagnostics;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Proxy.Diagnostics;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Proxy.Upstreams;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Proxy.Tests.Diagnostics;

public sealed class ProxyMetricsTests : IDisposable
{
    private readonly FakeClock _clock = new();
    private readonly ProxyMetrics _metrics;
    private readonly PrometheusExposition _exposition;

    public ProxyMetricsTests()
    {
        _metrics = new ProxyMetrics(_clock, ["atlas.cern.ch"], maxRepositories: 1);
        _exposition = new PrometheusExposition(meter => meter == _metrics.Meter);
    }

    public void Dispose()
    {
        _exposition.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public void Every_name_of_the_catalogue_is_in_the_text()
    {
        _metrics.Answered(new RequestRecord { Status = 200, Bytes = 10, Client = IPAddress.Loopback, Duration = TimeSpan.FromMilliseconds(3) });
        _metrics.Upstream.Ended("s1:80", Endpoint.Chunk, UpstreamFailure.Timeout, 0, TimeSpan.FromSeconds(1));
        _metrics.Upstream.Received("s1:80", 5);
        _metrics.Upstream.FailedOver("s1:80", "s2:80", UpstreamFailure.Status, 503);
        _metrics.Upstream.Mismatched("s1:80", Endpoint.Catalog);
        _metrics.Upstream.SignatureFailed("", TrustFailure.BadManifestSignature);
        _metrics.Upstream.PeerAsked("p1:3128", "hit");
        _metrics.Upstream.Watch(() => [("s1:80", false, 3)]);
        _metrics.Cache.Watch(() => [("memory", new TierFigures(1, 2, 3, DateTimeOffset.UnixEpoch, 6, 7, WriteErrors: 8, ReadErrors: 9))]);
        _metrics.Cache.WatchRepositories(static () => [("atlas.cern.ch", 12)]);
        _metrics.WatchManifests(() => [("atlas.cern.ch", TimeSpan.FromSeconds(30))]);
        foreach (string name in new[] { "queued_requests", "concurrency_limit", "collapsed_waiters", "open_files", "open_files_limit" }) _metrics.Watch(name, "A number.", () => 4);
        string text = Collect();
        foreach (string line in new[]
        {
            "requests_total{code_class=\"2xx\",endpoint=\"chunk\",result=\"hit\"} 1",
            "request_duration_seconds_bucket{endpoint=\"chunk\",result=\"hit\",le=\"0.005\"} 1",
            "request_duration_seconds_sum{endpoint=\"chunk\",result=\"hit\"} 0.003",
            "client_bytes_total{direction=\"out\",result=\"hit\"} 10",
            "client_bytes_total{direction=\"in\"} 0",
            "upstream_requests_total{endpoint=\"chunk\",error_class=\"timeout\",outcome=\"failed\",server=\"s1:80\"} 1",
            "upstream_bytes_total{server=\"s1:80\"} 5",
            "upstream_request_duration_seconds_count{server=\"s1:80\"} 1",
            "upstream_up{server=\"s1:80\"} 0",
            "upstream_failovers_total{from=\"s1:80\",reason=\"http_5xx\",to=\"s2:80\"} 1",
            "upstream_active_connections{server=\"s1:80\"} 3",
            "hash_mismatch_total{kind=\"catalog\",server=\"s1:80\"} 1",
            "signature_failures_total{reason=\"bad_manifest_signature\",repository=\"other\"} 1",
            "cache_used_bytes{tier=\"memory\"} 1",
            "cache_limit_bytes{tier=\"memory\"} 2",
            "cache_objects{tier=\"memory\"} 3",
            "cache_evictions_total{reason=\"space\",tier=\"memory\"} 6",
            "cache_evicted_bytes_total{reason=\"space\",tier=\"memory\"} 7",
            "cache_oldest_access_timestamp_seconds{tier=\"memory\"} 0",
            "cache_write_errors_total{tier=\"memory\"} 8",
            "cache_read_errors_total{tier=\"memory\"} 9",
            "cache_repository_used_bytes{repository=\"atlas.cern.ch\"} 12",
            "active_clients 1",
            "active_requests 0",
            "queued_requests 4",
            "concurrency_limit 4",
            "rejected_total{reason=\"overload\"} 0",
            "collapsed_waiters 4",
            "open_files 4",
            "open_files_limit 4",
            "repository_requests_total{repository=\"other\",result=\"hit\"} 1",
            "manifest_age_seconds{repository=\"atlas.cern.ch\"} 30",
            "peer_requests_total{outcome=\"hit\",peer=\"p1:3128\"} 1",
        })
        {
            Assert.Contains($"\ncvmfs_cacheproxy_{line}\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Conforms("proxy", 106)]
    public void Repositories_beyond_the_places_are_counted_together()
    {
        foreach (string name in new[] { "atlas.cern.ch", "made.up.1", "cms.cern.ch", "made.up.2" })
        {
            bool served = name.EndsWith("cern.ch", StringComparison.Ordinal);
            var repository = served ? _metrics.Repositories.Served(Encoding.ASCII.GetBytes(name)) : _metrics.Repositories.Find(Encoding.ASCII.GetBytes(name));
            _metrics.Answered(new RequestRecord { Status = served ? 200 : 404, Result = RequestResult.Miss, Repository = repository });
        }

        _metrics.Answered(new RequestRecord { Status = 200, Result = RequestResult.Hit, Repository = _metrics.Repositories.Served("late.org"u8) });
        Assert.Equal(
            ["repository=\"atlas.cern.ch\",result=\"miss\"} 1", "repository=\"cms.cern.ch\",result=\"miss\"} 1", "repository=\"other\",result=\"hit\"} 1", "repository=\"other\",result=\"miss\"} 2"],
            Collect().Split('\n').Where(line => line.StartsWith("cvmfs_cacheproxy_repository_requests_total{", StringComparison.Ordinal)).Select(line => line[(line.IndexOf('{', StringComparison.Ordinal) + 1)..]));
    }

    [Fact]
    public void Clients_are_forgotten_after_five_minutes()
    {
        for (int i = 0; i < 300; i++) _metrics.Answered(new RequestRecord { Client = new IPAddress([10, 0, (byte)(i / 100), (byte)(i % 100)]) });
        Assert.InRange(_metrics.Clients, 295, 305);
        _clock.Advance(TimeSpan.FromMinutes(4));
        _metrics.Answered(new RequestRecord { Client = IPAddress.Loopback });
        Assert.InRange(_metrics.Clients, 295, 306);
        _clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(1, _metrics.Clients);
    }

    [Fact]
    public void Many_threads_count_exactly()
    {
        var key = new ObjectKey(ContentHash.Parse("0123456789012345678901234567890123456789"), ObjectSuffix.Catalog);
        Parallel.For(0, 8, _ =>
        {
            for (int i = 0; i < 5_000; i++) _metrics.Answered(new RequestRecord { Kind = RequestKind.Object, Key = key, Status = 200, Bytes = 3, Result = RequestResult.Hit });
        });
        Assert.Contains("cvmfs_cacheproxy_requests_total{code_class=\"2xx\",endpoint=\"catalog\",result=\"hit\"} 40000\n", Collect(), StringComparison.Ordinal);
        Assert.Equal((40_000, 120_000), (_metrics.Requests(RequestResult.Hit), _metrics.Sent(RequestResult.Hit)));
    }

    private string Collect() => Encoding.UTF8.GetString(_exposition.Collect());
}
