using System.Diagnostics;
using Cvmfs.Net.Publishing;
using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Replication.Publishing;
using Cvmfs.Net.Replication.Tests.Model;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Collection;

/// <summary>Snapshots at every place of a collection where one can come in between.</summary>
public sealed class InterleavingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Conforms("stratum1", 70)]
    [Conforms("stratum1", 76)]
    public async Task What_a_new_revision_takes_up_again_after_the_marking_stays()
    {
        var tree = new RepositoryBuilder().GarbageCollectable().Nested("/a").Files("/a", 10).Revision().Remove("/a").Revision().File("/x", "1").Revision(); // the revision before HEAD is tagged, too
        using var origin = await tree.BuildAsync();
        await using var replica = await ReplicateAllAsync(origin);
        using var publisher = await RepositoryPublisher.OpenAsync(origin.Path, origin.Keys.Publisher, tree.MakeOptions(), origin.Clock);
        var seen = new List<string>();
        var services = Services(replica, step =>
        {
            seen.Add(step);
            if (step != "list") return;
            // The whole nested catalog is condemned by now, and comes back with the same content.
            origin.Clock.Advance(TimeSpan.FromMinutes(1));
            tree.Nested("/a").Files("/a", 10);
            publisher.CommitAsync(tree.MakeTree()).GetAwaiter().GetResult();
            replica.SnapshotAsync().GetAwaiter().GetResult();
        });
        var report = await new GarbageCollector(replica.Location, services).CollectAsync(CollectionTests.Head, cancellationToken: Token);
        Assert.Equal(CollectionOutcome.Collected, report.Outcome);
        Assert.Contains("list", seen);
        Assert.Contains("locked", seen);
        ReplicaInvariants.Check(replica.Folder);
        ReplicaInvariants.CheckServed(replica.Folder, [File.ReadAllBytes(origin.RootFile(".cvmfspublished"))]);
        AssertWhole(replica);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("before")]
    [Conforms("stratum1", 70)]
    public async Task A_snapshot_that_was_cut_off_loses_nothing_that_its_stored_catalogs_need(string when)
    {
        for (int nth = 5; nth < 50; nth += 11)
        {
            var tree = new RepositoryBuilder().GarbageCollectable().Nested("/a").Files("/a", 8).Revision().Remove("/a").Revision().File("/x", "1").Revision(); // the revision before HEAD is tagged, too
            using var origin = await tree.BuildAsync();
            await using var replica = await ReplicateAllAsync(origin);
            using var publisher = await RepositoryPublisher.OpenAsync(origin.Path, origin.Keys.Publisher, tree.MakeOptions(), origin.Clock);
            // The files of the condemned catalog again, in catalogs of their own, with others beside.
            tree.Nested("/b").Nested("/b/c").Files("/b", 6);
            for (int i = 0; i < 8; i++) tree.File($"/b/c/{i}", $"content of /a {i}\n");
            origin.Clock.Advance(TimeSpan.FromMinutes(1));
            await publisher.CommitAsync(tree.MakeTree(), cancellationToken: Token);
            if (when == "before") await replica.SnapshotInterruptedAsync(nth);

            var services = Services(replica, step =>
            {
                if (step == when) replica.SnapshotInterruptedAsync(nth).GetAwaiter().GetResult();
            });
            var report = await new GarbageCollector(replica.Location, services).CollectAsync(CollectionTests.Head, cancellationToken: Token);
            Assert.True(report.Succeeded, report.Message);
            ReplicaInvariants.Check(replica.Folder); // no catalog that is there lacks anything
            await replica.SnapshotAsync();
            AssertWhole(replica);
        }
    }

    [Fact]
    [Conforms("stratum1", 76)]
    public async Task A_snapshot_that_waits_gets_the_locks_between_two_batches()
    {
        var tree = new RepositoryBuilder().GarbageCollectable().Nested("/a").Files("/a", 60).Revision().Remove("/a").Revision().File("/x", "1").Revision(); // the revision before HEAD is tagged, too
        using var origin = await tree.BuildAsync();
        await using var replica = await ReplicateAllAsync(origin);
        using var publisher = await RepositoryPublisher.OpenAsync(origin.Path, origin.Keys.Publisher, tree.MakeOptions(), origin.Clock);
        var options = new ReplicationOptions
        {
            Repository = origin.Name.ToString(),
            Upstream = origin.Path,
            StorageFolder = replica.Folder,
            FlushBeforePublishing = false,
            LockPatience = TimeSpan.FromMinutes(1),
        };
        await using var other = new Replica(options, origin.TrustedKeys);
        string updating = Path.Combine(replica.Location.SpoolFolder, ReplicaLock.FileName);
        Task<SnapshotReport>? waiting = null;
        bool wasLent = false;
        var services = new CollectionServices
        {
            Step = step =>
            {
                if (step == "lent") wasLent = true;
                if (step == "locked" && wasLent) Assert.True(waiting!.IsCompletedSuccessfully, "the snapshot was to be done before the locks came back");
                if (step != "objects" || waiting is not null) return;
                origin.Clock.Advance(TimeSpan.FromMinutes(1));
                tree.Nested("/a").Files("/a", 60); // all of it again: what went must come again, what did not go yet must stay
                publisher.CommitAsync(tree.MakeTree()).GetAwaiter().GetResult();
                waiting = other.SnapshotAsync(cancellationToken: Token);
                SpinWait.SpinUntil(() => LockQueue.IsAwaited(updating));
            },
        };
        var report = await new GarbageCollector(replica.Location, services).CollectAsync(CollectionTests.Head with { BatchObjects = 7 }, cancellationToken: Token);
        Assert.True(report is { Outcome: CollectionOutcome.Collected, LocksLent: 1 }, report.ToString());
        Assert.Equal(SnapshotOutcome.Updated, (await waiting!).Outcome);
        ReplicaInvariants.Check(replica.Folder);
        AssertWhole(replica);
        await new GarbageCollector(replica.Location).CollectAsync(CollectionTests.Head, cancellationToken: Token);
        AssertWhole(replica);
    }

    [Fact]
    [Conforms("stratum1", 60)]
    public async Task One_of_the_references_tools_that_waits_is_noticed_as_well()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the kernel's list of locks is Linux's");
        using var folder = new TempFolder();
        string file = folder.Combine(ReplicaLock.FileName);
        Process process;
        using (await ReplicaLock.TakeAsync(file, TimeSpan.Zero, TimeProvider.System, Token))
        {
            Assert.False(LockQueue.IsAwaited(file));
            process = Process.Start(Publishing.LockHolder.StartReference(file, dies: false))!;
            SpinWait.SpinUntil(() => LockQueue.IsAwaited(file) || process.HasExited);
            Assert.False(process.HasExited);
        }

        using (process) await process.WaitForExitAsync(Token);
    }

    [Fact]
    [Conforms("stratum1", 61)]
    [Conforms("stratum1", 76)]
    public Task Collections_snapshots_and_publications_at_once_end_with_everything_there() => StressAsync(rounds: 4);

    [SlowFact]
    [Conforms("stratum1", 61)]
    [Conforms("stratum1", 76)]
    public Task Many_rounds_of_collections_snapshots_and_publications_end_with_everything_there() => StressAsync(rounds: 40);

    private static async Task StressAsync(int rounds)
    {
        using var upstream = await ModelUpstream.CreateAsync(new Random(5));
        var stores = new SharedStores(); // the same knowledge of the store for all runs, as in the service
        await using var replica = new CollectedReplica(upstream.Repository.Path, upstream.Repository.Name.ToString(), upstream.Repository.TrustedKeys, upstream.Repository.Clock, stores);
        var options = new ReplicationOptions
        {
            Repository = upstream.Repository.Name.ToString(),
            Upstream = upstream.Repository.Path,
            StorageFolder = replica.Folder,
            FlushBeforePublishing = false,
            LockPatience = TimeSpan.FromMinutes(1),
        };
        await using var other = new Replica(options, upstream.Repository.TrustedKeys, new ReplicaServices { Stores = stores });
        await replica.SnapshotAsync();
        for (int round = 0; round < rounds; round++)
        {
            var random = new Random(round);
            for (int i = random.Next(1, 4); i > 0; i--) await upstream.PublishAsync(random, tagged: random.Next(4) == 0);
            if (random.Next(3) == 0) await upstream.UntagAsync(random);
            var collecting = new GarbageCollector(replica.Location).CollectAsync(
                CollectionTests.Head with { KeepRevisions = random.Next(2), Unreferenced = round % 2 == 0, GracePeriod = TimeSpan.Zero, BatchObjects = 3, LockPatience = TimeSpan.FromMinutes(1) }, cancellationToken: Token);
            var snapshot = other.SnapshotAsync(cancellationToken: Token);
            await Task.WhenAll(collecting, snapshot);
            Assert.True((await snapshot).Succeeded, (await snapshot).Message);
            Assert.True((await collecting).Succeeded, (await collecting).Message);
            ReplicaInvariants.Check(replica.Folder);
            ReplicaInvariants.CheckServed(replica.Folder, upstream.Manifests);
            AssertWhole(replica);
        }

        await replica.CollectAsync(new CollectionOptions { KeepRevisions = 0, Unreferenced = true });
    }

    private static async Task<CollectedReplica> ReplicateAllAsync(BuiltRepository origin)
    {
        var replica = await CollectionTests.ReplicateAsync(origin);
        Assert.Contains(replica.Log(), entry => !ReplicaInvariants.Roots(replica.Folder).Contains(entry.Hash) && entry.Type == 0); // there is garbage
        return replica;
    }

    private static CollectionServices Services(CollectedReplica replica, Action<string> step) => new() { TimeProvider = replica.Time, Step = step };

    /// <summary>All that HEAD and tags need is there.</summary>
    private static void AssertWhole(CollectedReplica replica)
    {
        var roots = ReplicaInvariants.Roots(replica.Folder).Select(root => ReplicaInvariants.PathOf(root, "C"));
        Assert.DoesNotContain(ReplicaInvariants.Reachable(replica.Folder, roots).Concat(ReplicaInvariants.Named(replica.Folder)), path => !File.Exists(Path.Combine(replica.Folder, path)));
    }
}
