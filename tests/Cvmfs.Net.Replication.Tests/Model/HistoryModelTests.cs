using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Model;

/// <summary>Random histories of an upstream and its replica. A failure names the steps, shrunk to few.</summary>
public sealed class HistoryModelTests
{
    private const int QuickHistories = 12;
    private const int SlowHistories = 150;

    [Fact]
    [Conforms("stratum1", 29)]
    [Conforms("stratum1", 30)]
    [Conforms("stratum1", 31)]
    [Conforms("stratum1", 43)]
    public void After_any_history_the_replica_holds_what_the_rules_say() => Properties.Hold((byte[] steps) => Live(steps), QuickHistories, size: 60);

    [SlowFact]
    [Conforms("stratum1", 8)]
    [Conforms("stratum1", 22)]
    [Conforms("stratum1", 29)]
    [Conforms("stratum1", 30)]
    [Conforms("stratum1", 31)]
    [Conforms("stratum1", 32)]
    [Conforms("stratum1", 43)]
    [Conforms("stratum1", 105)]
    public void After_any_of_hundreds_of_histories_the_replica_holds_what_the_rules_say()
        => Properties.Hold((byte[] steps) => Live(steps), SlowLane.Number("CVMFSNET_HISTORIES", SlowHistories), size: 80);

    private static void Live(byte[] steps) => LiveAsync(steps).GetAwaiter().GetResult(); // properties are synchronous; nothing here waits for this thread

    /// <summary>Two bytes a step: what, and with which dice.</summary>
    private static async Task LiveAsync(byte[] steps)
    {
        int setup = steps.Length == 0 ? 0 : steps[0];
        using var upstream = await ModelUpstream.CreateAsync(new Random(setup));
        await using var replica = new ModelReplica(
            upstream, transfers: 1 + setup % 4, historyLimit: setup % 3 == 0 ? TimeSpan.FromSeconds(150) : TimeSpan.FromDays(300));
        for (int i = 1; i + 1 < steps.Length; i += 2)
        {
            var random = new Random(steps[i + 1] * 1000 + i);
            var step = (steps[i] % 16) switch
            {
                < 4 => upstream.PublishAsync(random, tagged: false),
                4 => upstream.PublishAsync(random, tagged: true),
                5 => upstream.TagAsync(random),
                6 => upstream.UntagAsync(random),
                7 => Collect(),
                < 12 => replica.SnapshotAsync(),
                < 15 => replica.SnapshotInterruptedAsync(random.Next(1, 60)),
                _ => replica.RollBackAsync(random.Next(upstream.Manifests.Count)),
            };
            await step;
        }

        await replica.SnapshotAsync();

        Task Collect()
        {
            upstream.CollectGarbage();
            return Task.CompletedTask;
        }
    }
}
