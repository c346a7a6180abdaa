namespace Cvmfs.Net.Replication.Checking;

/// <summary>Checks a replica in its folder, without network. Thread-safe.</summary>
/// <param name="location">Where it lies.</param>
/// <param name="services">Null for the defaults.</param>
public sealed class ReplicaChecker(ReplicaLocation location, CheckServices? services = null)
{
    private readonly CheckServices _services = services ?? new CheckServices();

    /// <summary>Where the replica lies.</summary>
    public ReplicaLocation Location { get; } = location ?? throw new ArgumentNullException(nameof(location));

    /// <summary>Checks it.</summary>
    /// <param name="options">What to look at.</param>
    /// <param name="progress">Hears some times a second how far the check is.</param>
    /// <param name="cancellationToken">Ends the check early.</param>
    /// <returns>What was found. Only misuse and cancellation throw.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task<CheckReport> CheckAsync(CheckOptions options, IProgress<CheckProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        _ = _services;
        throw new NotImplementedException();
    }
}
