using System.Threading.Channels;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests;

public sealed class ReplicatorTests
{
    [Fact]
    public async Task Looks_at_intervals_varied_by_jitter_and_at_once_after_a_hint()
    {
        using var upstream = await new RepositoryBuilder().Revision().File("/f", "2").Revision().File("/f", "3").BuildAsync();
        upstream.RollBackTo(1);
        // The replica itself lives in real time; only the waits between its runs are the test's.
        var clock = new FakeClock();
        await using var replica = new ReplicaSetup(upstream.Path, upstream.Name.ToString(), upstream.TrustedKeys, options =>
        {
            options.PollInterval = TimeSpan.FromMinutes(10);
            options.PollJitter = 0.5;
        });
        var reports = Channel.CreateBounded<SnapshotReport>(10);
        var replicator = new Replicator([replica.Replica], timeProvider: clock, jitter: () => 1)
        {
            SnapshotEnded = (_, report, token) => reports.Writer.WriteAsync(report, token),
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var following = replicator.RunAsync(stop.Token);
        Assert.Equal(SnapshotOutcome.Updated, (await NextAsync()).Outcome);

        await clock.WhenTimersAsync(1);
        upstream.RollBackTo(2);
        clock.Advance(TimeSpan.FromMinutes(14)); // 10 minutes and half of that
        Assert.False(reports.Reader.TryPeek(out _));
        clock.Advance(TimeSpan.FromMinutes(1.1));
        Assert.Equal(2UL, (await NextAsync()).Revision);

        await clock.WhenTimersAsync(1);
        upstream.RollBackTo(3);
        Assert.False(replicator.Hint("other.example.org"));
        Assert.True(replicator.Hint(upstream.Name.ToString()));
        Assert.Equal(3UL, (await NextAsync()).Revision);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);

        ValueTask<SnapshotReport> NextAsync() => reports.Reader.ReadAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Replicas_join_and_leave_while_others_are_followed()
    {
        using var first = await new RepositoryBuilder("first.example.org").BuildAsync();
        using var second = await new RepositoryBuilder("second.example.org").BuildAsync();
        await using var one = new ReplicaSetup(first.Path, "first.example.org", first.TrustedKeys);
        await using var two = new ReplicaSetup(second.Path, "second.example.org", second.TrustedKeys);
        var ended = Channel.CreateBounded<string>(10);
        var replicator = new Replicator([], timeProvider: new FakeClock())
        {
            SnapshotEnded = (replica, _, token) => ended.Writer.WriteAsync(replica.Repository.ToString(), token),
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var following = replicator.RunAsync(stop.Token);
        replicator.Add(one.Replica);
        Assert.Equal("first.example.org", await NextAsync());
        replicator.Add(two.Replica);
        Assert.Equal("second.example.org", await NextAsync());

        await replicator.RemoveAsync(one.Replica);
        Assert.False(replicator.Hint("first.example.org"));
        Assert.True(replicator.Hint("second.example.org"));
        Assert.Equal("second.example.org", await NextAsync());

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);

        ValueTask<string> NextAsync() => ended.Reader.ReadAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_exception_of_the_listener_ends_the_following_and_is_told()
    {
        using var upstream = await new RepositoryBuilder().BuildAsync();
        await using var replica = new ReplicaSetup(upstream.Path, upstream.Name.ToString(), upstream.TrustedKeys);
        var replicator = new Replicator([replica.Replica]) { SnapshotEnded = (_, _, _) => throw new InvalidOperationException("the listener's own") };
        var told = await Assert.ThrowsAsync<InvalidOperationException>(() => replicator.RunAsync(TestContext.Current.CancellationToken));
        Assert.Equal("the listener's own", told.Message);
    }

    [Fact]
    public async Task A_replica_that_fails_is_tried_again_and_does_not_stop_the_others()
    {
        using var good = await new RepositoryBuilder("good.example.org").BuildAsync();
        using var bad = await new RepositoryBuilder("bad.example.org").BuildAsync();
        File.Delete(bad.RootFile(".cvmfspublished"));
        var clock = new FakeClock();
        await using var one = new ReplicaSetup(good.Path, good.Name.ToString(), good.TrustedKeys);
        await using var two = new ReplicaSetup(bad.Path, bad.Name.ToString(), bad.TrustedKeys);
        var reports = Channel.CreateBounded<(string Name, SnapshotOutcome Outcome)>(10);
        var replicator = new Replicator([two.Replica, one.Replica], maxRuns: 1, timeProvider: clock)
        {
            SnapshotEnded = (replica, report, token) => reports.Writer.WriteAsync((replica.Repository.ToString(), report.Outcome), token),
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var following = replicator.RunAsync(stop.Token);
        (string, SnapshotOutcome)[] first = [await NextAsync(), await NextAsync()];
        Assert.Contains(("good.example.org", SnapshotOutcome.Updated), first);
        Assert.Contains(("bad.example.org", SnapshotOutcome.UpstreamUnreachable), first);

        bad.RollBackTo(1);
        replicator.Hint("bad.example.org");
        Assert.Equal(("bad.example.org", SnapshotOutcome.Updated), await NextAsync());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);

        ValueTask<(string, SnapshotOutcome)> NextAsync() => reports.Reader.ReadAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    [Conforms("stratum1", 63)]
    public async Task One_round_takes_the_group_oldest_first_and_leaves_out_what_is_inactive_or_new()
    {
        using var upstream = await new RepositoryBuilder().BuildAsync();
        await using var young = await InitializedAsync(upstream, daysAgo: 1);
        await using var old = await InitializedAsync(upstream, daysAgo: 3);
        await using var middle = await InitializedAsync(upstream, daysAgo: 2);
        await using var grouped = await InitializedAsync(upstream, daysAgo: 9, options => options.Group = "other");
        await using var inactive = await InitializedAsync(upstream, daysAgo: 9, options => options.IsActive = false);
        await using var fresh = new ReplicaSetup(upstream.Path, upstream.Name.ToString(), upstream.TrustedKeys);
        var order = new List<Replica>();
        var replicator = new Replicator([young.Replica, old.Replica, fresh.Replica, grouped.Replica, inactive.Replica, middle.Replica], maxRuns: 1)
        {
            SnapshotEnded = (replica, _, _) =>
            {
                lock (order) order.Add(replica);
                return ValueTask.CompletedTask;
            },
        };

        var reports = await replicator.SnapshotAllAsync(initializedOnly: true, cancellationToken: TestContext.Current.CancellationToken);
        Assert.All(reports, report => Assert.Equal(SnapshotOutcome.Unchanged, report.Outcome));
        Assert.Equal([old.Replica, middle.Replica, young.Replica], order);

        order.Clear();
        await replicator.SnapshotAllAsync("other", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([grouped.Replica], order);

        order.Clear();
        await replicator.SnapshotAllAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Contains(fresh.Replica, order);
        Assert.Equal(4, order.Count);
    }

    [Fact]
    [Conforms("stratum1", 64)]
    public async Task A_first_snapshot_takes_no_updates_turn()
    {
        using var big = await new RepositoryBuilder("big.example.org").BuildAsync();
        using var small = await new RepositoryBuilder("small.example.org").BuildAsync();
        await using var origin = await TestOrigin.StartAsync(big.Path, big.Name.ToString());
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        origin.Interfere = async (_, _) =>
        {
            reached.TrySetResult();
            await release.Task;
            return false;
        };
        await using var first = new ReplicaSetup(origin.Url, big.Name.ToString(), big.TrustedKeys);
        await using var update = await InitializedAsync(small, daysAgo: 1);
        var ended = Channel.CreateBounded<string>(4);
        var round = new Replicator([first.Replica, update.Replica], maxRuns: 1, maxFirstSnapshots: 1)
        {
            SnapshotEnded = (replica, _, token) => ended.Writer.WriteAsync(replica.Repository.ToString(), token),
        }.SnapshotAllAsync(cancellationToken: TestContext.Current.CancellationToken);
        await reached.Task;
        Assert.Equal("small.example.org", await ended.Reader.ReadAsync(TestContext.Current.CancellationToken));
        release.SetResult();
        Assert.Equal(2, (await round).Count);
    }

    private static async Task<ReplicaSetup> InitializedAsync(BuiltRepository upstream, int daysAgo, Action<ReplicationOptions>? configure = null)
    {
        var setup = new ReplicaSetup(upstream.Path, upstream.Name.ToString(), upstream.TrustedKeys, configure);
        Assert.True((await setup.SnapshotAsync()).Succeeded);
        File.SetLastWriteTimeUtc(Path.Combine(setup.Folder, ".cvmfs_last_snapshot"), DateTime.UtcNow.AddDays(-daysAgo));
        return setup;
    }
}
