using System.Text;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Testing;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Replication.Tests.Configuration;

public sealed class ReplicaInstallerTests
{
    [Fact]
    [Conforms("stratum1", 94)]
    [Conforms("stratum1", 95)]
    public async Task Adds_a_replica_with_exactly_the_files_that_the_reference_s_tools_make()
    {
        using var host = new HostSetup();
        using var upstream = await new RepositoryBuilder().BuildAsync();
        var report = await AddAsync(host, Definition(host, upstream) with { Group = "night", CollectsAfterSnapshot = true, OwnUrl = "http://s1.example.org/cvmfs/test.example.org" });
        Assert.Equal((ReplicaAddOutcome.Added, "test.example.org"), (report.Outcome, report.Alias));
        Assert.Empty(report.Warnings);

        string root = host.Folder.Path;
        Assert.Equal(
            [
                "CVMFS_CREATOR_VERSION=143", "CVMFS_REPOSITORY_NAME=test.example.org", "CVMFS_REPOSITORY_TYPE=stratum1", $"CVMFS_USER={Environment.UserName}",
                $"CVMFS_SPOOL_DIR={root}/spool/test.example.org", $"CVMFS_STRATUM0={upstream.Path}", "CVMFS_STRATUM1=http://s1.example.org/cvmfs/test.example.org",
                $"CVMFS_UPSTREAM_STORAGE=local,{root}/srv/test.example.org/data/txn,{root}/srv/test.example.org", "CVMFS_SNAPSHOT_GROUP=night", "CVMFS_AUTO_GC=true",
            ],
            Lines(host, "server.conf"));
        Assert.Equal(["CVMFS_NUM_WORKERS=16", $"CVMFS_PUBLIC_KEY={host.Folder.Combine("key.pub")}", "CVMFS_HTTP_TIMEOUT=10", "CVMFS_HTTP_RETRIES=3"], Lines(host, "replica.conf"));
        Assert.Equal(257, Directory.GetDirectories(host.Folder.Combine("srv/test.example.org/data")).Length);
        Assert.Equal(host.Folder.Combine("srv/test.example.org/data/txn"), new DirectoryInfo(host.Folder.Combine("spool/test.example.org/tmp")).LinkTarget);
        Assert.Equal("test.example.org", HostInfo.FolderOf(host.Options).ReadRepositories()!.Replicas.Single().Name.ToString());
        Assert.Equal(["repositories.d/test.example.org/replica.conf", "repositories.d/test.example.org/server.conf"], host.Folder.Files().Where(file => file.StartsWith("etc/", StringComparison.Ordinal)).Select(file => file[4..]));

        await using var replica = new Replica((await host.LoadAsync()).Replicas[0].ToReplicationOptions(), upstream.TrustedKeys, new ReplicaServices { TimeProvider = upstream.Clock });
        Assert.Equal(SnapshotOutcome.Updated, (await replica.SnapshotAsync(cancellationToken: TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task A_second_time_nothing_is_done_and_other_settings_are_said_and_updated_on_request()
    {
        using var host = new HostSetup();
        using var upstream = await new RepositoryBuilder().BuildAsync();
        var definition = Definition(host, upstream);
        await AddAsync(host, definition);
        string conf = host.Folder.Combine("etc/repositories.d/test.example.org/server.conf");
        await File.AppendAllTextAsync(conf, "# by hand\nCVMFS_AUTO_GC_TIMESPAN='2 weeks ago'\n", TestContext.Current.CancellationToken);
        string before = await File.ReadAllTextAsync(conf, TestContext.Current.CancellationToken);
        Assert.Equal(ReplicaAddOutcome.Unchanged, (await AddAsync(host, definition)).Outcome);

        var changed = definition with { Group = "night", Workers = 32 };
        var different = await AddAsync(host, changed);
        Assert.Equal(ReplicaAddOutcome.Different, different.Outcome);
        Assert.Equal(["CVMFS_SNAPSHOT_GROUP is not set, asked for night", "CVMFS_NUM_WORKERS is 16, asked for 32"], different.Differences.Select(one => one.ToString()));
        Assert.Equal(before, await File.ReadAllTextAsync(conf, TestContext.Current.CancellationToken));

        Assert.Equal(ReplicaAddOutcome.Updated, (await AddAsync(host, changed, update: true)).Outcome);
        Assert.Equal(before.Replace("CVMFS_SNAPSHOT_GROUP=\n", "CVMFS_SNAPSHOT_GROUP=night\n", StringComparison.Ordinal), await File.ReadAllTextAsync(conf, TestContext.Current.CancellationToken));
        Assert.Equal(ReplicaAddOutcome.Unchanged, (await AddAsync(host, changed)).Outcome);
        Assert.Equal(ReplicaAddOutcome.Different, (await AddAsync(host, changed with { StorageFolder = host.Folder.Combine("elsewhere") }, update: true)).Outcome);
    }

    [Fact]
    public async Task What_fails_on_the_way_leaves_nothing_behind()
    {
        using var host = new HostSetup();
        using var upstream = await new RepositoryBuilder().BuildAsync();
        var definition = Definition(host, upstream);
        host.Folder.Write("etc/repositories.d", "a file where the folder should be"u8);
        var before = host.Folder.Files();
        await Assert.ThrowsAsync<IOException>(() => AddAsync(host, definition));
        Assert.Equal(before, host.Folder.Files());
        Assert.False(Directory.Exists(host.Folder.Combine("srv")));
        Assert.False(Directory.Exists(host.Folder.Combine("spool")));
    }

    [Fact]
    public async Task Refuses_a_wrong_key_an_upstream_that_forbids_copies_and_a_name_that_is_taken()
    {
        using var host = new HostSetup();
        using var upstream = await new RepositoryBuilder().BuildAsync();
        using var other = await new RepositoryBuilder("other.example.org").BuildAsync();
        var definition = Definition(host, upstream);
        await Assert.ThrowsAsync<CvmfsTrustException>(() => AddAsync(host, definition with { KeyPaths = [host.Folder.Write("wrong.pub", Encoding.ASCII.GetBytes(other.Keys.Publisher.MasterPublicKeyPem))] }));
        await Assert.ThrowsAsync<CvmfsFormatException>(() => AddAsync(host, definition with { Alias = "../x" }));
        File.Delete(Path.Combine(upstream.Path, RootFileNames.MasterReplica));
        Assert.Equal(ReplicaAddOutcome.NotReplicable, (await AddAsync(host, definition)).Outcome);
        host.Write("repositories.d/test.example.org/server.conf", "CVMFS_REPOSITORY_TYPE=stratum0\n");
        Assert.Equal(ReplicaAddOutcome.Taken, (await AddAsync(host, definition)).Outcome);
        Assert.False(Directory.Exists(host.Folder.Combine("srv")));
    }

    [Fact]
    public async Task Removes_all_of_a_replica_and_nothing_else()
    {
        using var host = new HostSetup();
        using var upstream = await new RepositoryBuilder().File("/f", "x").BuildAsync();
        await AddAsync(host, Definition(host, upstream));
        await AddAsync(host, Definition(host, upstream) with { Alias = "second" });
        host.Folder.Write("srv/second/data/ab/cdef", "object"u8);
        host.Folder.Write("outside/keep", "keep"u8);
        Directory.CreateSymbolicLink(host.Folder.Combine("srv/second/data/ab/link"), host.Folder.Combine("outside"));
        host.Folder.Write("srv/second/notes.txt", "an operator's own"u8);
        var read = await host.LoadAsync();
        var report = await new ReplicaRemoval(read).RemoveAsync(read.Find("second")!, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(ReplicaRemoveOutcome.Removed, report.Outcome);
        Assert.Contains("notes.txt", Assert.Single(report.Warnings), StringComparison.Ordinal);
        Assert.Equal(["outside/keep", "srv/second/notes.txt"], host.Folder.Files().Where(file => file.Contains("second", StringComparison.Ordinal) || file.StartsWith("outside", StringComparison.Ordinal)));
        Assert.False(Directory.Exists(host.Folder.Combine("spool/second")));
        Assert.Equal(["test.example.org"], HostInfo.FolderOf(host.Options).ReadRepositories()!.Replicas.Select(one => one.Path["/cvmfs/".Length..]));
    }

    [Fact]
    public async Task Keeps_the_data_on_request_and_takes_it_up_again()
    {
        using var host = new HostSetup();
        using var upstream = await new RepositoryBuilder().BuildAsync();
        await AddAsync(host, Definition(host, upstream));
        host.Folder.Write("srv/test.example.org/data/ab/cdef", "object"u8);
        var read = await host.LoadAsync();
        await new ReplicaRemoval(read).RemoveAsync(read.Replicas[0], keepData: true, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Empty((await host.LoadAsync()).Replicas);
        Assert.Equal(ReplicaAddOutcome.Added, (await AddAsync(host, Definition(host, upstream))).Outcome);
        Assert.True(File.Exists(host.Folder.Combine("srv/test.example.org/data/ab/cdef")));
    }

    [Fact]
    public async Task Removes_nothing_while_somebody_is_at_work_or_where_a_configuration_points_at_something_else()
    {
        using var host = new HostSetup();
        host.WriteReplica("a.example.org", $"CVMFS_UPSTREAM_STORAGE=local,/tmp,{host.Folder.Combine("home")}");
        host.Folder.Write("home/.cvmfs_mine", "precious"u8);
        host.WriteReplica("b.example.org", $"CVMFS_UPSTREAM_STORAGE=local,/tmp,{host.Folder.Path}");
        host.WriteReplica("c.example.org");
        Directory.CreateDirectory(host.Folder.Combine("srv"));
        Directory.CreateSymbolicLink(host.Folder.Combine("srv/c.example.org"), host.Folder.Combine("home"));
        host.WriteReplica("d.example.org");
        host.Folder.Write("srv/d.example.org/data/00/x", "x"u8);
        Directory.CreateDirectory(host.Folder.Combine("spool/d.example.org"));
        var before = host.Folder.Files();
        var read = await host.LoadAsync();
        var removal = new ReplicaRemoval(read);
        foreach (string alias in (string[])["a.example.org", "b.example.org", "c.example.org"])
        {
            Assert.Equal(ReplicaRemoveOutcome.Refused, (await removal.RemoveAsync(read.Find(alias)!, cancellationToken: TestContext.Current.CancellationToken)).Outcome);
        }

        Assert.Equal(before, host.Folder.Files());
        Directory.Delete(host.Folder.Combine("etc/repositories.d/b.example.org"), recursive: true); // whose storage would hold the other's
        read = await host.LoadAsync();
        removal = new ReplicaRemoval(read);
        using var held = await ReplicaLock.TakeAsync(host.Folder.Combine("spool/d.example.org/is_updating.lock"), TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(ReplicaRemoveOutcome.Locked, (await removal.RemoveAsync(read.Find("d.example.org")!, cancellationToken: TestContext.Current.CancellationToken)).Outcome);
        Assert.True(File.Exists(host.Folder.Combine("srv/d.example.org/data/00/x")));
    }

    private static ReplicaDefinition Definition(HostSetup host, BuiltRepository upstream) => new()
    {
        Upstream = upstream.Path,
        KeyPaths = [host.Folder.Write("key.pub", Encoding.ASCII.GetBytes(upstream.Keys.Publisher.MasterPublicKeyPem))],
    };

    private static Task<ReplicaAddReport> AddAsync(HostSetup host, ReplicaDefinition definition, bool update = false)
        => new ReplicaInstaller(host.Options, new FakeClock()).AddAsync(definition, update, cancellationToken: TestContext.Current.CancellationToken);

    private static string[] Lines(HostSetup host, string file)
        => [.. File.ReadAllLines(host.Folder.Combine("etc/repositories.d/test.example.org/" + file)).Where(line => line[0] != '#')];
}
