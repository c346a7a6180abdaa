using Cvmfs.Net.Replication.Scheduling;

namespace Cvmfs.Net.Replication.Tests.Scheduling;

public sealed class MaintenancePlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);
    private static readonly MaintenanceRule Daily = new(TimeSpan.FromDays(1), null, TimeSpan.FromHours(1));

    [Fact]
    public void What_was_never_done_is_due_at_once()
        => Assert.Equal("a", Plan(Candidate("a", null)).Next?.Alias);

    [Fact]
    public void What_is_not_due_says_when_to_look_again()
    {
        var plan = Plan(Candidate("a", Now.AddHours(-20)), Candidate("b", Now.AddHours(-23)));
        Assert.Null(plan.Next);
        Assert.Equal(Now.AddHours(1), plan.LookAgainAt);
    }

    [Fact]
    public void Of_what_is_due_the_longest_overdue_comes_first()
        => Assert.Equal("b", Plan(Candidate("a", Now.AddDays(-2)), Candidate("b", Now.AddDays(-3)), Candidate("c", Now)).Next?.Alias);

    [Fact]
    public void Collection_comes_before_checks_and_those_before_scrubbing()
    {
        var scrub = Candidate("a", null) with { Kind = MaintenanceKind.Scrub };
        var check = Candidate("b", Now.AddDays(-2)) with { Kind = MaintenanceKind.Check };
        Assert.Equal(MaintenanceKind.Check, Plan(scrub, check).Next?.Kind);
        Assert.Equal(MaintenanceKind.Collection, Plan(scrub, check, Candidate("c", Now.AddDays(-1))).Next?.Kind);
    }

    [Fact]
    public void What_is_held_up_waits_for_its_event_and_not_for_the_clock()
        => Assert.Equal(new MaintenancePlan(null, null), Plan(Candidate("a", null) with { IsHeldUp = true }));

    [Fact]
    public void A_failure_is_not_repeated_at_once()
    {
        var plan = Plan(Candidate("a", Now.AddDays(-5), Now.AddMinutes(-10)));
        Assert.Equal(new MaintenancePlan(null, Now.AddMinutes(50)), plan);
        Assert.Equal("a", Plan(Candidate("a", Now.AddDays(-5), Now.AddMinutes(-60))).Next?.Alias);
    }

    [Fact]
    public void A_success_is_no_failure_however_short_the_interval()
    {
        var rule = Daily with { Interval = TimeSpan.FromMinutes(1) };
        Assert.Equal(Now.AddSeconds(50), Plan(Candidate("a", Now.AddSeconds(-10), Now.AddSeconds(-10)) with { Rule = rule }).LookAgainAt);
    }

    [Fact]
    public void It_begins_in_its_window_only()
    {
        var rule = Daily with { Window = DailyWindow.Parse("02:00-05:00") };
        var candidate = Candidate("a", null) with { Rule = rule };
        Assert.Equal(new MaintenancePlan(null, Now.AddHours(14)), Plan(candidate));
        Assert.Equal(candidate, MaintenancePlan.Of([candidate], Now.AddHours(15), TimeZoneInfo.Utc).Next);
    }

    [Fact]
    public void A_time_in_the_future_does_not_put_it_off_for_ever()
        => Assert.Equal("a", Plan(Candidate("a", Now.AddYears(10), Now.AddYears(10))).Next?.Alias);

    [Fact]
    public void Slices_of_scrubs_take_turns()
    {
        var rule = new MaintenanceRule(TimeSpan.FromDays(30), null, TimeSpan.Zero);
        MaintenanceCandidate[] scrubs =
        [
            new("a", MaintenanceKind.Scrub, rule, null, Now.AddMinutes(-1)),
            new("b", MaintenanceKind.Scrub, rule, null, Now.AddMinutes(-2)),
        ];
        Assert.Equal("b", Plan(scrubs).Next?.Alias);
    }

    private static MaintenanceCandidate Candidate(string alias, DateTimeOffset? lastSuccess, DateTimeOffset? lastAttempt = null)
        => new(alias, MaintenanceKind.Collection, Daily, lastSuccess, lastAttempt ?? lastSuccess);

    private static MaintenancePlan Plan(params MaintenanceCandidate[] candidates) => MaintenancePlan.Of(candidates, Now, TimeZoneInfo.Utc);
}
