using Cvmfs.Net.Replication.Collection;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>Garbage collection that follows a snapshot where the configuration asks for it: <c>CVMFS_AUTO_GC</c>.</summary>
public static class CollectionAfterSnapshot
{
    /// <summary>Collects, if it is time.</summary>
    /// <param name="replica">The replica, after a successful snapshot.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <param name="cancellationToken">Ends it early; a later one goes on.</param>
    /// <returns>Null where it was not time, not wanted, or the repository does not allow it.</returns>
    /// <exception cref="ConfigurationException">The replica cannot be worked on.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static async Task<CollectionReport?> RunIfDueAsync(ReplicaConfiguration replica, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(replica);
        if (!replica.CollectsAfterSnapshot || replica.IsPassThrough) return null;
        var status = await ReplicaStatus.ReadAsync(replica.Location, cancellationToken).ConfigureAwait(false);
        if (status.Manifest is not { IsGarbageCollectable: true } || !replica.IsCollectionDue(status.LastCollectionAt, timeProvider)) return null;
        var collector = new GarbageCollector(replica.Location, new CollectionServices { TimeProvider = timeProvider });
        return await collector.CollectAsync(replica.ToCollectionOptions(timeProvider), cancellationToken: cancellationToken).ConfigureAwait(false);
    }
}
