using System.Text;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Replication.Scheduling;
using Cvmfs.Net.Replication.Tests.Configuration;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Scheduling;

public sealed class SnapshotRoundTests
{
    [Fact]
    [Conforms("stratum1", 66)]
    public async Task Frames_of_replicas_that_run_at_once_are_not_mixed()
    {
        using var host = new HostSetup();
        using var upstream = await new RepositoryBuilder().Files("/d", 20).BuildAsync();
        foreach (string alias in (string[])["a", "b", "c"]) await AddAsync(host, upstream, alias);
        var report = await RoundAsync(host, upstream);
        Assert.True(report.Succeeded);
        string[] lines = [.. File.ReadLines(host.Folder.Combine("log/snapshots.log"))];
        Assert.Equal(9, lines.Length);
        for (int i = 0; i < 9; i += 3) Assert.Equal((lines[i].Split(' ')[0], lines[i].Split(' ')[1]), ("Starting", lines[i + 2].Split(' ')[1]));
    }

    [Fact]
    [Conforms("stratum1", 63)]
    public async Task Without_a_free_slot_nothing_is_done_and_that_is_no_failure()
    {
        using var host = new HostSetup();
        using var upstream = await new RepositoryBuilder().BuildAsync();
        await AddAsync(host, upstream, "a");
        host.Write("server.local", "CVMFS_MAX_PARALLEL_SNAPSHOTS=1\n");
        Directory.CreateDirectory(host.Folder.Combine("slots"));
        using (await ReplicaLock.TakeAsync(host.Folder.Combine("slots/0.lock"), TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken))
        {
            var refused = await RoundAsync(host, upstream);
            Assert.True(refused is { HadSlot: false, Succeeded: true, Entries: [] });
            Assert.StartsWith("Too many snapshots", File.ReadAllText(host.Folder.Combine("log/snapshots.log")), StringComparison.Ordinal);
        }

        Assert.Single((await RoundAsync(host, upstream)).Entries);
    }

    [Fact]
    [Conforms("stratum1", 62)]
    public async Task A_replica_that_somebody_works_on_is_passed_over_at_once()
    {
        using var host = new HostSetup();
        using var upstream = await new RepositoryBuilder().BuildAsync();
        await AddAsync(host, upstream, "a");
        await AddAsync(host, upstream, "b");
        using var held = await ReplicaLock.TakeAsync(host.Folder.Combine("spool/a/is_updating.lock"), TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken);
        var report = await RoundAsync(host, upstream);
        Assert.Equal(SnapshotOutcome.Locked, report.Entries.Single(entry => entry.Alias == "a").Snapshot!.Outcome);
        Assert.True(report.Entries.Single(entry => entry.Alias == "b").Succeeded);
    }

    private static async Task AddAsync(HostSetup host, BuiltRepository upstream, string alias)
    {
        var definition = new ReplicaDefinition { Upstream = upstream.Path, Alias = alias, KeyPaths = [host.Folder.Write("key.pub", Encoding.ASCII.GetBytes(upstream.Keys.Publisher.MasterPublicKeyPem))] };
        Assert.Equal(ReplicaAddOutcome.Added, (await new ReplicaInstaller(host.Options, upstream.Clock).AddAsync(definition, cancellationToken: TestContext.Current.CancellationToken)).Outcome);
    }

    private static async Task<SnapshotRoundReport> RoundAsync(HostSetup host, BuiltRepository upstream) => await new SnapshotRound(await host.LoadAsync(), new SnapshotRoundOptions
    {
        LogFolder = host.Folder.Combine("log"),
        SlotFolder = host.Folder.Combine("slots"),
        Services = new ReplicaServices { TimeProvider = upstream.Clock },
    }).RunAsync(TestContext.Current.CancellationToken);
}
