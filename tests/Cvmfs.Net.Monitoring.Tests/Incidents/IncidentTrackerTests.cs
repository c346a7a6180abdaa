using Cvmfs.Net.Monitoring.Incidents;
using Cvmfs.Net.Monitoring.StatusPage;

namespace Cvmfs.Net.Monitoring.Tests.Incidents;

public sealed class IncidentTrackerTests
{
    private readonly IncidentTracker _tracker = new([], 0);
    private DateTimeOffset _now = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_begins_changes_and_ends_is_told_once_each()
    {
        Assert.Empty(See(ServiceStatus.Ok));
        Assert.Equal([(IncidentEventKind.Opened, AlertSeverity.Ticket)], See(ServiceStatus.Warning));
        Assert.Empty(See(ServiceStatus.Warning));
        Assert.Equal([(IncidentEventKind.Changed, AlertSeverity.Page)], See(ServiceStatus.Failed));
        Assert.Empty(See(ServiceStatus.Unknown));
        Assert.Equal([(IncidentEventKind.Resolved, AlertSeverity.Page)], See(ServiceStatus.Ok));
        Assert.Empty(_tracker.Open);
        Assert.Empty(See(ServiceStatus.Ok));
    }

    [Fact]
    public void Planned_work_ends_what_was_told_and_hides_what_happens_in_it()
    {
        See(ServiceStatus.Failed);
        var end = Assert.Single(_tracker.Observe([Line(ServiceStatus.Maintenance)], _now, out var ended));
        Assert.Equal((IncidentEventKind.Resolved, ServiceStatus.Maintenance, ServiceStatus.Failed), (end.Kind, end.Incident.Status, end.Previous));
        Assert.Equal("[prod] s1-a: planned work has begun, was FAILED since 2026-01-10T12:00:00Z", AlertDocument.TextOf(end));
        Assert.Equal(_now, Assert.Single(ended).EndedAt);
        Assert.Empty(See(ServiceStatus.Maintenance));
        Assert.Empty(See(ServiceStatus.Ok));
        Assert.Empty(See(ServiceStatus.Maintenance));
        Assert.Equal([(IncidentEventKind.Opened, AlertSeverity.Page)], See(ServiceStatus.Failed));
    }

    [Fact]
    public void What_goes_on_is_repeated_every_four_hours_for_a_page_and_every_day_for_a_ticket()
    {
        See(ServiceStatus.Failed);
        _now += TimeSpan.FromHours(3.9);
        Assert.Empty(See(ServiceStatus.Failed));
        _now += TimeSpan.FromHours(0.2);
        Assert.Equal([(IncidentEventKind.Repeated, AlertSeverity.Page)], See(ServiceStatus.Failed));
        See(ServiceStatus.Warning);
        _now += TimeSpan.FromHours(23);
        Assert.Empty(See(ServiceStatus.Warning));
        _now += TimeSpan.FromHours(2);
        Assert.Equal([(IncidentEventKind.Repeated, AlertSeverity.Ticket)], See(ServiceStatus.Warning));
    }

    [Fact]
    public void A_restart_goes_on_with_what_is_open_and_tells_nothing_twice()
    {
        See(ServiceStatus.Failed);
        var again = new IncidentTracker(_tracker.Open, 1);
        Assert.Empty(again.Observe([Line(ServiceStatus.Failed)], _now, out _));
        Assert.Single(again.Observe([Line(ServiceStatus.Ok)], _now, out var ended));
        Assert.Equal((1L, _now), (ended[0].Id, ended[0].EndedAt!.Value));
        Assert.Equal(2, again.Observe([Line(ServiceStatus.Failed)], _now, out _)[0].Incident.Id);
    }

    [Fact]
    public void The_end_of_what_is_no_longer_looked_at_is_told_too()
    {
        See(ServiceStatus.Failed);
        Assert.Empty(_tracker.Observe([], _now, out var none, isWhole: false)); // not looked at yet is not gone
        Assert.Empty(none);
        var end = Assert.Single(_tracker.Observe([], _now, out var ended));
        Assert.Equal((IncidentEventKind.Resolved, ServiceStatus.Unknown, ServiceStatus.Failed), (end.Kind, end.Incident.Status, end.Previous));
        Assert.Equal("[prod] s1-a: no longer looked at, was FAILED since 2026-01-10T12:00:00Z", AlertDocument.TextOf(end));
        Assert.Single(ended);
        Assert.Empty(_tracker.Open);
    }

    [Fact]
    public void Who_was_told_of_the_worse_is_told_of_the_end()
    {
        var pager = new AlertRoute(new AlertReceiver("pager", new Uri("http://p/")), AlertSeverity.Page);
        var tickets = new AlertRoute(new AlertReceiver("tickets", new Uri("http://t/")), AlertSeverity.Ticket, AlertSeverity.Ticket);
        See(ServiceStatus.Failed);
        Assert.False(tickets.Takes(_tracker.Open.Single()));
        See(ServiceStatus.Warning);
        var last = _tracker.Observe([Line(ServiceStatus.Ok)], _now, out _).Single().Incident;
        Assert.True(pager.Takes(last) && tickets.Takes(last));
        Assert.False((pager with { Environment = "test" }).Takes(last));
        Assert.True((pager with { Environment = "prod" }).Takes(last));
    }

    private static IncidentLine Line(ServiceStatus status) => new("server/s1-a", status, IsCritical: true, "prod", "connection refused");

    private List<(IncidentEventKind, AlertSeverity)> See(ServiceStatus status) => [.. _tracker.Observe([Line(status)], _now, out _).Select(what => (what.Kind, what.Incident.Severity))];
}
