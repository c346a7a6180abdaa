namespace Cvmfs.Net.Replication.Checking;

/// <summary>Which replicas are due for a check: those whose last one is long ago, the longest first. Pure.</summary>
public static class CheckSchedule
{
    /// <summary>The reference's <c>CVMFS_CHECK_ALL_MIN_DAYS</c> where nobody sets it.</summary>
    public static TimeSpan DefaultInterval { get; } = TimeSpan.FromDays(30);

    /// <summary>Chooses from the replicas of a host.</summary>
    /// <typeparam name="T">What stands for a replica.</typeparam>
    /// <param name="replicas">The active ones.</param>
    /// <param name="lastCheck">When one was last checked, whatever came of it; null for never.</param>
    /// <param name="now">The instant.</param>
    /// <param name="interval">Null for <see cref="DefaultInterval"/>.</param>
    /// <returns>Those that were never checked, in the given order; then those whose check is at least the interval ago, oldest first.</returns>
    public static IReadOnlyList<T> Due<T>(IEnumerable<T> replicas, Func<T, DateTimeOffset?> lastCheck, DateTimeOffset now, TimeSpan? interval = null)
    {
        ArgumentNullException.ThrowIfNull(replicas);
        ArgumentNullException.ThrowIfNull(lastCheck);
        var limit = now - (interval ?? DefaultInterval);
        return [.. replicas
            .Select(replica => (Replica: replica, Last: lastCheck(replica) ?? DateTimeOffset.MinValue))
            .Where(candidate => candidate.Last <= limit)
            .OrderBy(candidate => candidate.Last)
            .Select(candidate => candidate.Replica)];
    }
}
