using Cvmfs.Net.Replication.Collection;

namespace Cvmfs.Net.Replication.Scheduling;

/// <summary>What became of one replica in a round.</summary>
/// <param name="Alias">The replica.</param>
/// <param name="Snapshot">The snapshot; null where it could not even begin.</param>
/// <param name="Collection">The garbage collection that followed; null where none did.</param>
/// <param name="Problem">Why it could not begin; null where it did.</param>
public sealed record SnapshotRoundEntry(string Alias, SnapshotReport? Snapshot, CollectionReport? Collection, string? Problem)
{
    /// <summary>Whether all that was begun succeeded.</summary>
    public bool Succeeded => Problem is null && Snapshot is { Succeeded: true } && Collection is null or { Succeeded: true };
}
