using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Replication.Tests.Model;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Collection;

/// <summary>Random histories of an upstream, snapshots of it, cut off or not, and collections in between: what is left is what a plain computation says.</summary>
public sealed class CollectionModelTests
{
    private const int QuickHistories = 10;
    private const int SlowHistories = 150;

    [Fact]
    [Conforms("stratum1", 67)]
    [Conforms("stratum1", 68)]
    [Conforms("stratum1", 71)]
    [Conforms("stratum1", 73)]
    [Conforms("stratum1", 75)]
    public void After_any_history_a_collection_leaves_what_the_rules_say() => Properties.Hold((byte[] steps) => Live(steps), QuickHistories, size: 60);

    [SlowFact]
    [Conforms("stratum1", 67)]
    [Conforms("stratum1", 68)]
    [Conforms("stratum1", 75)]
    public void After_any_of_hundreds_of_histories_a_collection_leaves_what_the_rules_say()
        => Properties.Hold((byte[] steps) => Live(steps), SlowLane.Number("CVMFSNET_HISTORIES", SlowHistories), size: 100);

    private static void Live(byte[] steps) => LiveAsync(steps).GetAwaiter().GetResult(); // properties are synchronous; nothing here waits for this thread

    /// <summary>Two bytes a step: what, and with which dice.</summary>
    private static async Task LiveAsync(byte[] steps)
    {
        using var upstream = await ModelUpstream.CreateAsync(new Random(steps.Length == 0 ? 0 : steps[0]));
        await using var replica = new CollectedReplica(upstream.Repository.Path, upstream.Repository.Name.ToString(), upstream.Repository.TrustedKeys, upstream.Repository.Clock);
        await replica.SnapshotAsync();
        for (int i = 1; i + 1 < steps.Length; i += 2)
        {
            var random = new Random(steps[i + 1] * 1000 + i);
            var step = (steps[i] % 16) switch
            {
                < 5 => upstream.PublishAsync(random, tagged: random.Next(5) == 0),
                5 => upstream.TagAsync(random),
                6 => upstream.UntagAsync(random),
                < 9 => replica.SnapshotAsync(),
                < 12 => replica.SnapshotInterruptedAsync(random.Next(1, 60)),
                _ => replica.CollectAsync(Choose(random, upstream.Repository.Clock)),
            };
            await step;
        }

        await replica.CollectAsync(new CollectionOptions { KeepRevisions = 1, Unreferenced = true });
        await replica.SnapshotAsync();
    }

    private static CollectionOptions Choose(Random random, FakeClock clock) => new()
    {
        KeepRevisions = random.Next(3) > 0 ? random.Next(4) : null,
        KeepNewerThan = random.Next(2) > 0 ? clock.GetUtcNow() - TimeSpan.FromSeconds(random.Next(600)) : null,
        Unreferenced = random.Next(3) == 0,
        CountBytes = true,
        BatchObjects = 1 + random.Next(50),
        ReferenceListBytes = random.Next(2) == 0 ? 0 : 1 << 20,
    };
}
