namespace Cvmfs.Net.Replication.Scheduling;

/// <summary>What a round did.</summary>
/// <param name="HadSlot">False if as many rounds as may be were going on already, so that nothing was done.</param>
/// <param name="Entries">The replicas, in the order in which they ended.</param>
public sealed record SnapshotRoundReport(bool HadSlot, IReadOnlyList<SnapshotRoundEntry> Entries)
{
    /// <summary>Whether every replica succeeded. A round without a slot leaves the work to the others, which is no failure.</summary>
    public bool Succeeded => Entries.All(entry => entry.Succeeded);
}
