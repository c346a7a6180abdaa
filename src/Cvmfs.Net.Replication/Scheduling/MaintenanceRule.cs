namespace Cvmfs.Net.Replication.Scheduling;

/// <summary>How often a kind of maintenance is wanted, and when it may be done.</summary>
/// <param name="Interval">Least time between the ends of two that succeeded; zero for as soon as may be.</param>
/// <param name="Window">Part of the day in which it may begin; null for any time.</param>
/// <param name="RetryAfter">Least time between an attempt that did not succeed and the next.</param>
public sealed record MaintenanceRule(TimeSpan Interval, DailyWindow? Window, TimeSpan RetryAfter)
{
    /// <summary>The first instant at which it may begin, not before <paramref name="now"/>.</summary>
    /// <param name="lastSuccess">End of the last one that succeeded; null if none is known, which makes it due at once.</param>
    /// <param name="lastAttempt">End of the last one, however it ended; null if none is known.</param>
    /// <param name="now">The present.</param>
    /// <param name="zone">Whose wall clock the window means.</param>
    public DateTimeOffset NextAt(DateTimeOffset? lastSuccess, DateTimeOffset? lastAttempt, DateTimeOffset now, TimeZoneInfo zone)
    {
        var due = DueSince(lastSuccess);
        // A time in the future, left by a clock that was wrong, must not put maintenance off for ever.
        if (lastAttempt is { } attempt && attempt <= now && attempt != lastSuccess && attempt + RetryAfter > due) due = attempt + RetryAfter;
        if (due < now || lastSuccess > now) due = now;
        return Window is { } window ? window.NextOpening(due, zone) : due;
    }

    /// <summary>Since when it is wanted, whether it may be done or not.</summary>
    /// <param name="lastSuccess">End of the last one that succeeded; null if none is known.</param>
    public DateTimeOffset DueSince(DateTimeOffset? lastSuccess) => lastSuccess is { } last ? last + Interval : DateTimeOffset.MinValue;
}
