using System.Text;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.Tests.Checks;

namespace Cvmfs.Net.Monitoring.Tests.StatusPage;

/// <summary>A small infrastructure: an origin, three public replicas, a bucket; and reports about it that tests make better or worse.</summary>
internal static class PageFixture
{
    public static readonly DateTimeOffset Now = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);

    /// <summary>In the form of the configurations that are in use: every key of them, and one of a newer version.</summary>
    public const string Json = """
        {
          "meta": {"title": "Example status", "logging_level": "WARN", "contact_email": "ops@example.org", "repo_url": "https://example.org/docs", "repo_url_text": "Documentation"},
          "servers": [
            {"hostname": "s0.example.org", "server_type": "Stratum0", "backend_type": "CVMFS"},
            {"hostname": "s1-a.example.org", "server_type": "Stratum1", "backend_type": "CVMFS"},
            {"hostname": "s1-b.example.org", "server_type": "Stratum1"},
            {"hostname": "s1-c.example.org:8000", "server_type": "Stratum1"},
            {"hostname": "sync.example.org", "server_type": "SyncServer", "backend_type": "S3"}
          ],
          "repositories": ["soft.example.org"],
          "limit_scraping_to_repositories": false,
          "ignored_repositories": ["test.example.org"],
          "history": {"enabled": true, "directory": "history", "retention_days_raw": 90, "retention_days_daily": 90, "bucket_window_days": 90},
          "rules": [
            {"id": "stratum1_servers", "description": "Stratum1 servers", "conditions": [
              {"status": "FAILED", "when": "stratum1_servers == 0"},
              {"status": "WARNING", "when": "stratum1_servers == 1"},
              {"status": "OK", "when": "stratum1_servers >= 2"}]},
            {"id": "stratum0_servers", "description": "Stratum0 servers", "conditions": [
              {"status": "FAILED", "when": "stratum0_servers == 0"},
              {"status": "OK", "when": "stratum0_servers > 0"}]},
            {"id": "sync_servers", "description": "Sync servers", "conditions": [
              {"status": "FAILED", "when": "sync_servers == 0"},
              {"status": "OK", "when": "sync_servers > 0"}]},
            {"id": "eessi_status", "description": "Overall", "conditions": [
              {"status": "FAILED", "when": "stratum1_servers == 0"},
              {"status": "WARNING", "when": "stratum0_servers == 0 && stratum1_servers > 1"},
              {"status": "WARNING", "when": "sync_servers == 0 && stratum1_servers > 1"},
              {"status": "DEGRADED", "when": "stratum0_servers == 1 && stratum1_servers == 1"},
              {"status": "DEGRADED", "when": "repos_out_of_sync > 1"},
              {"status": "OK", "when": "stratum0_servers > 0 && stratum1_servers > 1 && sync_servers > 0"}]}
          ]
        }
        """;

    public static readonly string[] Hosts = ["s0.example.org", "s1-a.example.org", "s1-b.example.org", "s1-c.example.org:8000", "sync.example.org"];

    /// <summary>Of most tests, without damping: each result counts by itself.</summary>
    public static StatusPageConfiguration Configuration(string? json = null) => StatusPageConfiguration.Parse(Encoding.UTF8.GetBytes(json ?? Json)) with { DampsFlaps = false };

    /// <summary>One report for each server, with its revision of soft.example.org; null for a server that is away.</summary>
    public static ServerReport[] Reports(params ulong?[] revisions) => [.. revisions.Select((revision, i) => revision is { } at ? Server(Hosts[i], Repository("soft.example.org", at, i == 0 ? null : Now.AddMinutes(-9))) : Away(Hosts[i]))];

    public static ServerReport Server(string host, params RepositoryReport[] repositories) => CheckTests.Server(host, repositories) with
    {
        ScrapedAt = Now,
        Backend = host.StartsWith("sync", StringComparison.Ordinal) ? ServerBackend.S3 : ServerBackend.Cvmfs,
        Listing = host.StartsWith("sync", StringComparison.Ordinal) ? null : new RepositoriesDocument { Schema = 1, CvmfsVersion = "2.12.0-1", OsId = "rocky", OsVersionId = "9.4", OsPrettyName = "Rocky Linux 9.4" },
    };

    public static ServerReport Away(string host) => CheckTests.Server(host) with { ScrapedAt = Now, Outcome = ServerOutcome.Unreachable, Error = ErrorClass.ConnectRefused, Detail = "connection refused" };

    public static RepositoryReport Repository(string name, ulong revision, DateTimeOffset? snapshot, DateTimeOffset? published = null) => CheckTests.Repository(revision, snapshot) with
    {
        Name = RepositoryName.Parse(name),
        Path = "/cvmfs/" + name,
        Manifest = Manifest.Parse(Encoding.ASCII.GetBytes(
            $"C{Convert.ToHexStringLower(System.Security.Cryptography.SHA1.HashData(BitConverter.GetBytes(revision)))}\nB{1000 + revision}\nRd41d8cd98f00b204e9800998ecf8427e\nD240\nS{revision}\nGyes\nN{name}\nT{(published ?? Now.AddHours(-3)).ToUnixTimeSeconds()}\n")),
        Whitelist = CheckTests.WhitelistOf(Now.AddDays(-10), Now.AddDays(20)),
    };
}
