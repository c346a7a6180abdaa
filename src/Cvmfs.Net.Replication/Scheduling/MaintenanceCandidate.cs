namespace Cvmfs.Net.Replication.Scheduling;

/// <summary>A kind of maintenance of one replica, and what is known of its past.</summary>
/// <param name="Alias">The replica.</param>
/// <param name="Kind">What is to be done.</param>
/// <param name="Rule">How often and when.</param>
/// <param name="LastSuccess">End of the last one that succeeded; null if none is known.</param>
/// <param name="LastAttempt">End of the last one, however it ended; null if none is known.</param>
/// <param name="IsHeldUp">Whether it cannot begin now, because a snapshot or other maintenance of the replica is going on. Whoever says so says
/// when that has changed, too.</param>
public sealed record MaintenanceCandidate(
    string Alias, MaintenanceKind Kind, MaintenanceRule Rule, DateTimeOffset? LastSuccess, DateTimeOffset? LastAttempt, bool IsHeldUp = false);
