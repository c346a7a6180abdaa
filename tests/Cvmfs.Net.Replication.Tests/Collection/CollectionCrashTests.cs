using System.Diagnostics;
using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Collection;

/// <summary>A collection that ends at any step leaves no catalog that lacks anything, and the next one finishes it.</summary>
public sealed class CollectionCrashTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Conforms("stratum1", 70)]
    [Conforms("stratum1", 72)]
    public Task A_failure_at_any_step_is_made_good_by_the_next_run() => FailAsync(every: 5);

    [SlowFact]
    [Conforms("stratum1", 70)]
    [Conforms("stratum1", 72)]
    public Task A_failure_at_every_single_step_is_made_good_by_the_next_run() => FailAsync(every: 1);

    private static async Task FailAsync(int every)
    {
        using var origin = await CollectionTests.BuildAsync();
        var expected = await FinalAsync(origin);
        int step = 1;
        for (bool failed = true; failed; step += every)
        {
            await using var replica = await CollectionTests.ReplicateAsync(origin);
            int left = step;
            try
            {
                var services = new CollectionServices { TimeProvider = origin.Clock, Step = _ => { if (Interlocked.Decrement(ref left) == 0) throw new UnreachableException("the end"); } };
                await new GarbageCollector(replica.Location, services).CollectAsync(CollectionTests.Head with { BatchObjects = 4 }, cancellationToken: Token);
                failed = false;
            }
            catch (UnreachableException)
            {
                failed = true;
            }

            await CheckAndFinishAsync(replica, expected);
        }

        Assert.True(step > 12, $"{step} steps: the test shows little");
    }

    [Fact]
    [Conforms("stratum1", 70)]
    public Task Killed_processes_are_made_good() => KillAsync([3, 9]);

    [SlowFact]
    [Conforms("stratum1", 70)]
    [Conforms("stratum1", 72)]
    public Task Processes_killed_at_every_step_are_made_good() => KillAsync([.. Enumerable.Range(1, 40)]);

    private static async Task KillAsync(int[] steps)
    {
        using var origin = await CollectionTests.BuildAsync();
        var expected = await FinalAsync(origin);
        int killed = 0;
        foreach (int step in steps)
        {
            await using var replica = await CollectionTests.ReplicateAsync(origin);
            using var process = Process.Start(CollectionProcess.Start(replica.Folder, step))!;
            await process.WaitForExitAsync(Token);
            if (process.ExitCode != 0) killed++;
            await CheckAndFinishAsync(replica, expected);
        }

        Assert.True(killed > 0 && killed > steps.Length / 3, $"{killed} of {steps.Length} were killed");
    }

    private static async Task<SortedSet<string>> FinalAsync(BuiltRepository origin)
    {
        await using var replica = await CollectionTests.ReplicateAsync(origin);
        await new GarbageCollector(replica.Location, new CollectionServices { TimeProvider = origin.Clock }).CollectAsync(CollectionTests.Head, cancellationToken: Token);
        return replica.Objects();
    }

    private static async Task CheckAndFinishAsync(CollectedReplica replica, SortedSet<string> expected)
    {
        ReplicaInvariants.Check(replica.Folder, isAtRest: false);
        Assert.Subset(replica.Objects(), expected);
        await replica.SnapshotAsync(); // which finds what is there, and believes it
        var report = await new GarbageCollector(replica.Location, new CollectionServices { TimeProvider = replica.Time }).CollectAsync(CollectionTests.Head, cancellationToken: Token);
        Assert.True(report.Succeeded, report.Message);
        Assert.Equal(expected, replica.Objects());
        Assert.Equal(ReplicaInvariants.Roots(replica.Folder).Order(), replica.Log().Where(entry => entry.Type == 0).Select(entry => entry.Hash).Order());
        Assert.Empty(Directory.GetFiles(replica.Location.SpoolFolder, "condemned.*"));
        ReplicaInvariants.Check(replica.Folder);
    }
}
