namespace Cvmfs.Net.Replication.Scheduling;

/// <summary>Decides which maintenance comes next. Knows no clock and remembers nothing.</summary>
/// <remarks>Of what may begin now, garbage collection comes before checks and those before scrubbing, for a full disk stops everything; within a kind,
/// what is overdue for longest, and what was never done before all.</remarks>
/// <param name="Next">What to do now; null for nothing.</param>
/// <param name="LookAgainAt">When something that cannot begin now may; null if nothing waits for time to pass.</param>
public sealed record MaintenancePlan(MaintenanceCandidate? Next, DateTimeOffset? LookAgainAt)
{
    /// <summary>Makes the plan of an instant.</summary>
    /// <param name="candidates">Everything that is wanted sooner or later.</param>
    /// <param name="now">The instant.</param>
    /// <param name="zone">Whose wall clock the windows mean.</param>
    public static MaintenancePlan Of(IEnumerable<MaintenanceCandidate> candidates, DateTimeOffset now, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        MaintenanceCandidate? next = null;
        DateTimeOffset? later = null;
        foreach (var candidate in candidates)
        {
            if (candidate.IsHeldUp) continue;
            var at = candidate.Rule.NextAt(candidate.LastSuccess, candidate.LastAttempt, now, zone);
            if (at > now) later = later < at ? later : at;
            else if (next is null || Compare(candidate, next) < 0) next = candidate;
        }

        return new MaintenancePlan(next, later);
    }

    private static int Compare(MaintenanceCandidate one, MaintenanceCandidate other)
    {
        int kinds = one.Kind.CompareTo(other.Kind);
        if (kinds != 0) return kinds;
        int due = one.Rule.DueSince(one.LastSuccess).CompareTo(other.Rule.DueSince(other.LastSuccess));
        if (due != 0) return due;
        int attempts = Nullable.Compare(one.LastAttempt, other.LastAttempt); // slices of a scrub take turns
        return attempts != 0 ? attempts : string.CompareOrdinal(one.Alias, other.Alias);
    }
}
