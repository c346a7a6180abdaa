using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Soak;

/// <summary>A day of operation in seconds: revisions are published, snapshotted, collected, checked and scrubbed, while lines fail, runs are cancelled
/// and killed, and objects rot. See docs/testing.md for longer days.</summary>
public sealed class SoakTests
{
    private const int Seed = 20261122;
    private const int QuickSteps = 60;
    private const int QuickKills = 1;
    private const int SlowSteps = 700;
    private const int SlowKills = 25;

    [Fact]
    [Conforms("stratum1", 72)]
    [Conforms("stratum1", 80)]
    public Task A_short_day_of_operation_ends_without_findings() => LiveAsync(QuickSteps, QuickKills, Seed);

    [SlowFact]
    [Conforms("stratum1", 67)]
    [Conforms("stratum1", 72)]
    [Conforms("stratum1", 76)]
    [Conforms("stratum1", 80)]
    public Task A_day_of_operation_with_hundreds_of_revisions_ends_without_findings()
        => LiveAsync(SlowLane.Number("CVMFSNET_SOAK_STEPS", SlowSteps), SlowLane.Number("CVMFSNET_SOAK_KILLS", SlowKills), SlowLane.Number("CVMFSNET_SOAK_SEED", Seed + 1));

    private static async Task LiveAsync(int steps, int kills, int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}, {steps} steps, {kills} kills");
        var random = new Random(seed);
        await using var replica = await OperatedReplica.StartAsync(seed);
        var done = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (int step = 0; step < steps; step++)
        {
            replica.Wait(TimeSpan.FromDays(1) / steps);
            bool isKill = step % (steps / kills) == steps / kills / 2;
            var (name, act) = isKill ? ("kill", replica.SnapshotKilledAsync) : Choose(replica, random.Next(100));
            done[name] = done.GetValueOrDefault(name) + 1;
            try
            {
                await act();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, step {step}: {name}", e);
            }
        }

        await replica.EndAsync();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", done.Select(pair => $"{pair.Value} × {pair.Key}")));
    }

    private static (string Name, Func<Task> Act) Choose(OperatedReplica replica, int die) => die switch
    {
        < 45 => ("publish", replica.PublishAsync),
        < 51 => ("tag", replica.TagAsync),
        < 54 => ("upstream's collection", replica.CollectUpstreamAsync),
        < 66 => ("snapshot", replica.SnapshotAsync),
        < 74 => ("snapshot in bad weather", replica.SnapshotInBadWeatherAsync),
        < 80 => ("cancelled snapshot", replica.SnapshotCancelledAsync),
        < 85 => ("collection", replica.CollectAsync),
        < 88 => ("cut collection", replica.CollectCutAsync),
        < 91 => ("collection beside snapshot", replica.CollectBesideSnapshotAsync),
        < 94 => ("check", () => replica.CheckAsync()),
        < 96 => ("scrub", replica.ScrubAsync),
        _ => ("rot", replica.RotAsync),
    };
}
