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
        using var replicator = new Replicator([replica.Replica], timeProvider: clock, jitter: () => 1)
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
    public async Task A_replica_that_fails_is_tried_again_and_does_not_stop_the_others()
    {
        using var good = await new RepositoryBuilder("good.example.org").BuildAsync();
        using var bad = await new RepositoryBuilder("bad.example.org").BuildAsync();
        File.Delete(bad.RootFile(".cvmfspublished"));
        var clock = new FakeClock();
        await using var one = new ReplicaSetup(good.Path, good.Name.ToString(), good.TrustedKeys);
        await using var two = new ReplicaSetup(bad.Path, bad.Name.ToString(), bad.TrustedKeys);
        var reports = Channel.CreateBounded<(string Name, SnapshotOutcome Outcome)>(10);
        using var replicator = new Replicator([two.Replica, one.Replica], maxRuns: 1, timeProvider: clock)
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
}
