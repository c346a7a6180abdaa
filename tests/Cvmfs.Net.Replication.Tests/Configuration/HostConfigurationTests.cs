using Cvmfs.Net.Manifests;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Configuration;

public sealed class HostConfigurationTests
{
    private const string Name = "software.example.org";

    [Fact]
    [Conforms("stratum1", 93)]
    public async Task Reads_the_files_that_the_reference_s_tools_write()
    {
        using var host = new HostSetup();
        host.WriteReplica(Name, "CVMFS_AUTO_GC=true");
        var replica = Assert.Single((await host.LoadAsync()).Replicas);
        Assert.Equal((Name, Name, 143, "root"), (replica.Alias, replica.Repository.ToString(), replica.Layout, replica.User));
        Assert.Equal($"http://stratum0.example.org/cvmfs/{Name}", replica.Upstream);
        Assert.True(replica is { IsActive: true, IsPassThrough: false, CollectsAfterSnapshot: true, Group: null });
        Assert.Equal(["/etc/cvmfs/keys/example.org"], replica.KeyPaths);
        Assert.Empty(replica.UnusedSettings);
        Assert.Empty(replica.Notes);

        var options = replica.ToReplicationOptions(new FakeClock());
        Assert.Equal((host.Folder.Combine("srv/" + Name), host.Folder.Combine("spool/" + Name)), (options.StorageFolder, options.SpoolFolder));
        Assert.Equal((16, 3, TimeSpan.FromSeconds(10), TimeSpan.FromDays(3)), (options.MaxConnections, options.Retries, options.NetworkTimeout, options.HistoryLimit));
    }

    [Fact]
    [Conforms("stratum1", 93)]
    public async Task Reads_what_is_found_in_the_field()
    {
        using var host = new HostSetup();
        host.Write("server.local", "# secrets\nCVMFS_GEO_ACCOUNT_ID=12\nCVMFS_GEO_LICENSE_KEY='s e c'\nexport CVMFS_MAX_PARALLEL_SNAPSHOTS=3\nCVMFS_NUM_WORKERS=4\n");
        host.WriteReplica(Name, $"CVMFS_STRATUM0=${{CVMFS_SERVER_OVERRIDE:-http://other.example.org/cvmfs/{Name}}}\nCVMFS_AUTO_GC_TIMESPAN=\"2 weeks ago\" # long\nCVMFS_OURS=1\n");
        var plain = await host.LoadAsync();
        Assert.Equal((3, "12", true), (plain.MaxParallelSnapshots, plain.Geo.AccountId, plain.Geo.HasLicenseKey));
        Assert.Equal($"http://other.example.org/cvmfs/{Name}", plain.Replicas[0].Upstream);
        Assert.Equal(TimeSpan.FromDays(14), plain.Replicas[0].ToReplicationOptions(new FakeClock()).HistoryLimit);
        Assert.Equal("CVMFS_OURS", Assert.Single(plain.Replicas[0].UnusedSettings).Name);
        Assert.EndsWith("replica.conf, line 2", plain.Replicas[0].Find("CVMFS_NUM_WORKERS")!.Origin, StringComparison.Ordinal); // the later file wins
        Assert.Equal(16, plain.Replicas[0].Workers);

        var overridden = await host.LoadAsync(new Dictionary<string, string> { ["CVMFS_SERVER_OVERRIDE"] = "http://peer/cvmfs/x" });
        Assert.Equal("http://peer/cvmfs/x", overridden.Replicas[0].Upstream);
    }

    [Fact]
    [Conforms("stratum1", 104)]
    public async Task What_one_replica_sets_no_other_one_sees()
    {
        using var host = new HostSetup();
        host.WriteReplica("a.example.org", "CVMFS_AUTO_GC=true\nCVMFS_GC_DELETION_LOG=/var/log/a\nCVMFS_SNAPSHOT_GROUP=night\nCVMFS_REPLICA_ACTIVE=no\nCVMFS_SERVER_PROXY=http://p:3128");
        host.WriteReplica("b.example.org");
        var b = (await host.LoadAsync()).Find("b.example.org")!;
        Assert.True(b is { CollectsAfterSnapshot: false, DeletionLogFile: null, Group: null, IsActive: true, ServerProxy: null });
    }

    [Fact]
    public async Task A_replica_with_a_broken_file_does_not_stop_the_others()
    {
        using var host = new HostSetup();
        host.WriteReplica("a.example.org", "CVMFS_STRATUM0=$(cat /etc/upstream)");
        host.WriteReplica("b.example.org");
        host.WriteReplica("c.example.org", "CVMFS_REPOSITORY_NAME=not/a/name");
        host.WriteReplica("d.example.org", replicaConf: "CVMFS_NUM_WORKERS=many");
        host.Write("repositories.d/e.example.org/replica.conf", "CVMFS_NUM_WORKERS=16\n");
        host.Write("repositories.d/README/notes.txt", "nothing of ours");
        var read = await host.LoadAsync();
        Assert.Equal(["b.example.org"], read.Replicas.Select(replica => replica.Alias));
        Assert.Equal(["a.example.org", "c.example.org", "d.example.org", "e.example.org"], read.Broken.Select(broken => broken.Alias));
        Assert.Equal(11, read.Broken[0].Problem.Line);
        Assert.Contains("$(cat /etc/upstream)", read.Broken[0].Problem.Message, StringComparison.Ordinal);
        Assert.Contains("CVMFS_NUM_WORKERS=many: expected a number", read.Broken[2].Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_file_of_the_host_stops_all_of_it()
    {
        using var host = new HostSetup();
        host.Write("server.local", "CVMFS_NUM_WORKERS=$(nproc)");
        host.WriteReplica(Name);
        Assert.Equal(1, (await Assert.ThrowsAsync<ConfigurationException>(() => host.LoadAsync())).Line);
    }

    [Fact]
    public async Task Hooks_that_only_set_variables_count_and_programs_are_said_to_have_no_effect()
    {
        using var host = new HostSetup();
        host.WriteReplica(Name);
        host.Write("cvmfs_server_hooks.sh", "CVMFS_AUTO_GC=true\n");
        Assert.True((await host.LoadAsync()).Replicas[0].CollectsAfterSnapshot);
        host.Write("cvmfs_server_hooks.sh", "CVMFS_AUTO_GC=true\nsnapshot_before_hook() { echo x; }\n");
        var program = await host.LoadAsync();
        Assert.False(program.Replicas[0].CollectsAfterSnapshot);
        Assert.Contains("line 2", Assert.Single(program.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_what_it_cannot_work_with_only_when_asked_to_work()
    {
        using var host = new HostSetup();
        host.WriteReplica("a.example.org", "CVMFS_UPSTREAM_STORAGE=S3,/var/spool/cvmfs/a/tmp,cvmfs/a@/etc/cvmfs/s3.conf");
        host.WriteReplica("b.example.org", "CVMFS_CREATOR_VERSION=137");
        host.WriteReplica("c.example.org", "CVMFS_CREATOR_VERSION=200");
        var read = await host.LoadAsync();
        Assert.Equal("S3", read.Replicas[0].Storage.Kind);
        Assert.Contains("S3 is not supported", Assert.Throws<ConfigurationException>(() => read.Replicas[0].Location).Message, StringComparison.Ordinal);
        Assert.Contains("layout is not 143", Assert.Throws<ConfigurationException>(() => read.Replicas[1].ToReplicationOptions()).Message, StringComparison.Ordinal);
        Assert.Contains("CVMFS_CREATOR_VERSION=200", Assert.Throws<ConfigurationException>(() => read.Replicas[2].Location).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_count_letter_by_letter_and_near_misses_are_said()
    {
        using var host = new HostSetup();
        host.WriteReplica(Name, "CVMFS_AUTO_GC=TRUE\nCVMFS_REPLICA_ACTIVE=NO\nCVMFS_FOLLOW_REDIRECTS=true\nCVMFS_AUTO_GC_LAPSE=sometimes");
        var replica = (await host.LoadAsync()).Replicas[0];
        Assert.True(replica is { CollectsAfterSnapshot: false, IsActive: true, FollowsRedirects: false });
        Assert.Equal(4, replica.Notes.Count);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("2025-12-30T23:59:59Z", true)]
    [InlineData("2025-12-31T00:00:01Z", false)]
    public async Task Garbage_is_due_when_the_last_collection_is_older_than_the_lapse(string? last, bool isDue)
    {
        using var host = new HostSetup();
        host.WriteReplica(Name, "CVMFS_AUTO_GC=true");
        var replica = (await host.LoadAsync()).Replicas[0];
        DateTimeOffset? at = last is null ? null : DateTimeOffset.Parse(last, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(isDue, replica.IsCollectionDue(at, new FakeClock()));
    }

    [Fact]
    public async Task A_pass_through_replica_needs_no_key()
    {
        using var host = new HostSetup();
        host.WriteReplica(Name, replicaConf: "CVMFS_PASSTHROUGH=true\n");
        var replica = (await host.LoadAsync()).Replicas[0];
        Assert.True(replica.ToReplicationOptions().IsPassThrough);
        Assert.Equal(0, (await replica.LoadKeysAsync(TestContext.Current.CancellationToken)).Count);
    }

    [Fact]
    public async Task Keys_are_files_and_folders_joined_by_colons()
    {
        using var host = new HostSetup();
        string key = File.ReadAllText(TestData.PublicKey("plain.example.org"));
        host.Write("keys/a/one.pub", key);
        host.Write("keys/two.pub", key);
        string keys = host.Options.Folder + "/keys";
        host.WriteReplica("a.example.org", $"CVMFS_PUBLIC_KEY={keys}/a:{keys}/two.pub", replicaConf: "CVMFS_NUM_WORKERS=1\n");
        host.WriteReplica("b.example.org", replicaConf: $"CVMFS_PUBLIC_KEY={keys}/none.pub\n");
        var read = await host.LoadAsync();
        Assert.Equal(2, (await read.Replicas[0].LoadKeysAsync(TestContext.Current.CancellationToken)).Count);
        var missing = await Assert.ThrowsAsync<ConfigurationException>(() => read.Replicas[1].LoadKeysAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, missing.Line);
    }

    [Fact]
    public async Task The_clients_blacklist_counts_for_the_host_as_well()
    {
        using var host = new HostSetup();
        Assert.Equal(0ul, (await host.LoadAsync()).Blacklist.MinimumRevision(RepositoryName.Parse(Name)));
        host.Write("blacklist", $"<{Name} 7\n");
        Assert.NotEqual(0ul, (await host.LoadAsync()).Blacklist.MinimumRevision(RepositoryName.Parse(Name)));
    }

    [Fact]
    [Conforms("stratum1", 93)]
    public async Task The_reflog_s_checksum_stays_where_the_reference_looks_for_it()
    {
        using var host = new HostSetup();
        using var upstream = await new RepositoryBuilder(Name).BuildAsync();
        string elsewhere = host.Folder.Combine("elsewhere");
        host.WriteReplica(Name, $"CVMFS_SPOOL_DIR={elsewhere}\nCVMFS_STRATUM0={upstream.Path}");
        Assert.Equal(elsewhere, (await host.LoadAsync()).Replicas[0].Location.ReflogChecksumFolder); // none of the reference's tools has been here
        Directory.CreateDirectory(host.Folder.Combine("spool/" + Name));
        await using var replica = new Replica((await host.LoadAsync()).Replicas[0].ToReplicationOptions(), upstream.TrustedKeys, new ReplicaServices { TimeProvider = upstream.Clock });
        Assert.Equal(SnapshotOutcome.Updated, (await replica.SnapshotAsync(cancellationToken: TestContext.Current.CancellationToken)).Outcome);
        Assert.True(File.Exists(host.Folder.Combine($"spool/{Name}/reflog.chksum")));
        Assert.True(File.Exists(Path.Combine(elsewhere, "is_updating.lock")));
        Assert.False(File.Exists(Path.Combine(elsewhere, "reflog.chksum")));
    }
}
