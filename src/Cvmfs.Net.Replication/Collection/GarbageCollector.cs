namespace Cvmfs.Net.Replication.Collection;

/// <summary>Collects the garbage of a replica. Works on the folders alone; no upstream is asked. Thread-safe; of two runs at once, one finds the replica locked.</summary>
/// <param name="location">Where the replica lies.</param>
/// <param name="services">Null for the defaults.</param>
public sealed class GarbageCollector(ReplicaLocation location, CollectionServices? services = null)
{
    /// <summary>Where the replica lies.</summary>
    public ReplicaLocation Location { get; } = location ?? throw new ArgumentNullException(nameof(location));

    /// <summary>Finds and removes what no kept revision needs.</summary>
    /// <param name="options">What to keep.</param>
    /// <param name="progress">Hears some times a second how far the run is.</param>
    /// <param name="cancellationToken">Ends the run early; the next one goes on.</param>
    /// <returns>What was done and how it ended. Only misuse and cancellation throw.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task<CollectionReport> CollectAsync(
        CollectionOptions options, IProgress<CollectionProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        _ = services;
        _ = progress;
        throw new NotImplementedException();
    }
}
