using Cvmfs.Net.Replication;
using Cvmfs.Net.Testing;

namespace Stratum1Replicator.Tests;

/// <summary>A host as the reference's tools have set it up, taken over by pointing the service at its configuration.</summary>
public sealed class TakeOverTests
{
    private const string Name = "service.example.org";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Conforms("stratum1", 93)]
    public async Task Takes_over_what_the_reference_kept_and_leaves_alone_what_is_broken()
    {
        using var host = await ServiceSetup.CreateAsync();
        await using var stratum = await FakeStratum.StartAsync();
        stratum.MountRepository(Name, host.Upstream.Path);
        using var folder = new TempFolder();
        host.Upstream.RollBackTo(1);
        var kept = new ReplicationOptions
        {
            Repository = Name,
            Upstream = stratum.UrlOf(Name).ToString(),
            StorageFolder = folder.Combine($"srv/{Name}"),
            SpoolFolder = folder.Combine($"spool/{Name}"),
        };
        await using (var replica = new Replica(kept, host.Upstream.TrustedKeys)) Assert.True((await replica.SnapshotAsync(cancellationToken: Token)).Succeeded);
        Configure(folder, Name, kept.Upstream, host.KeyFolder);
        Configure(folder, "damaged.example.org", kept.Upstream, host.KeyFolder);
        folder.Write("srv/damaged.example.org/.cvmfspublished", "nothing that anybody signed"u8);
        Directory.CreateDirectory(folder.Combine("srv/damaged.example.org/data"));
        string before = File.ReadAllText(folder.Combine($"etc/repositories.d/{Name}/server.conf"));

        host.Upstream.RollBackTo(2);
        string config = folder.Write("stratum1.json", System.Text.Encoding.UTF8.GetBytes(
            $$"""{ "Stratum1": { "ConfigDir": "{{folder.Combine("etc")}}", "Storage": "{{folder.Combine("srv")}}", "Spool": "{{folder.Combine("spool")}}", "Limits": { "DiskReserveBytes": 0, "DiskWarnBytes": 0 }, "Maintenance": { "CheckEvery": "0", "ScrubEvery": "0" } } }"""));
        await using var service = await ServiceProcess.StartAsync(config);
        await service.SaysAsync("revision 2 is served");
        Assert.Contains($"{Name}: manifest: revision 1 is served, signed as it should be.", service.Output, StringComparison.Ordinal);
        using (var manifest = await service.GetAsync($"{service.Url}/cvmfs/{Name}/.cvmfspublished")) Assert.Equal(host.Upstream.Manifests[2], await manifest.Content.ReadAsByteArrayAsync(Token));

        using var health = await service.GetAsync(service.AdminUrl + "/healthz");
        string conditions = await health.Content.ReadAsStringAsync(Token);
        Assert.Equal(503, (int)health.StatusCode);
        Assert.Contains("damaged.example.org", conditions, StringComparison.Ordinal);
        Assert.Contains("It cannot be taken over. manifest", conditions, StringComparison.Ordinal);
        Assert.Equal("nothing that anybody signed", File.ReadAllText(folder.Combine("srv/damaged.example.org/.cvmfspublished")));
        Assert.Equal(before, File.ReadAllText(folder.Combine($"etc/repositories.d/{Name}/server.conf")));
    }

    /// <summary>The files as the reference's tools write them.</summary>
    private static void Configure(TempFolder folder, string alias, string upstream, string keys)
    {
        string storage = folder.Combine($"srv/{alias}");
        folder.Write($"etc/repositories.d/{alias}/server.conf", System.Text.Encoding.UTF8.GetBytes(
            $"""
            # Created by cvmfs_server.
            CVMFS_CREATOR_VERSION=143
            CVMFS_REPOSITORY_NAME={Name}
            CVMFS_REPOSITORY_TYPE=stratum1
            CVMFS_USER={Environment.UserName}
            CVMFS_SPOOL_DIR={folder.Combine($"spool/{alias}")}
            CVMFS_STRATUM0={upstream}
            CVMFS_STRATUM1=http://localhost/cvmfs/{alias}
            CVMFS_UPSTREAM_STORAGE=local,{storage}/data/txn,{storage}
            CVMFS_SNAPSHOT_GROUP=

            """));
        folder.Write($"etc/repositories.d/{alias}/replica.conf", System.Text.Encoding.UTF8.GetBytes(
            $"""
            # Created by cvmfs_server.
            CVMFS_NUM_WORKERS=16
            CVMFS_PUBLIC_KEY={keys}
            CVMFS_HTTP_TIMEOUT=10
            CVMFS_HTTP_RETRIES=3

            """));
    }
}
