using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.StatusPage.Rendering;

namespace Cvmfs.Net.Monitoring.Tests.StatusPage;

public sealed class StatusDampingTests
{
    private const int Broken = 2;

    private DateTimeOffset _now = PageFixture.Now;

    [Fact]
    public void A_change_is_published_when_a_second_result_says_the_same_whichever_way_it_goes()
    {
        var well = Run(null);
        var once = Run(well, away: true);
        Assert.Equal((ServiceStatus.Ok, ServiceStatus.Ok), (once.Servers[Broken].Status, once.Overall));
        Assert.NotEmpty(once.Pending);
        var twice = Run(once, away: true);
        Assert.Equal(ServiceStatus.Failed, twice.Servers[Broken].Status);
        Assert.Contains(twice.History.Changes, change => change.Line == StatusHistory.ServerLine(PageFixture.Hosts[Broken]));
        var back = Run(twice);
        Assert.Equal(ServiceStatus.Failed, back.Servers[Broken].Status);
        Assert.Equal(ServiceStatus.Ok, Run(back).Servers[Broken].Status);
    }

    [Fact]
    public void What_goes_to_and_fro_is_never_told()
    {
        var page = Run(null);
        for (int i = 0; i < 10; i++)
        {
            page = Run(page, away: i % 2 == 0);
            Assert.Equal(ServiceStatus.Ok, page.Servers[Broken].Status);
        }

        Assert.Empty(page.History.Changes);
    }

    [Fact]
    public void The_same_measurement_judged_twice_confirms_nothing()
    {
        var reports = Reports(away: true);
        var page = Run(Run(null), reports);
        for (int i = 0; i < 3; i++) Assert.Equal(ServiceStatus.Ok, (page = Run(page, reports)).Servers[Broken].Status);
    }

    [Fact]
    public void Planned_work_begins_and_ends_at_once()
    {
        var window = new MaintenanceWindow { From = _now.AddMinutes(1), To = _now.AddMinutes(5), Servers = [PageFixture.Hosts[Broken]] };
        var page = Run(null, window: window);
        page = Run(page, window: window);
        Assert.Equal(ServiceStatus.Maintenance, page.Servers[Broken].Status);
        _now = window.To;
        Assert.Equal(ServiceStatus.Ok, Run(page, window: window).Servers[Broken].Status);
    }

    [Fact]
    public void The_distance_policy_publishes_every_result_as_the_page_of_the_field_does()
    {
        var configuration = PageFixture.Configuration() with { DampsFlaps = true, SyncPolicy = SyncPolicy.EessiDistance };
        var page = StatusJudge.Judge(configuration, Reports(away: false), _now);
        Assert.Equal(ServiceStatus.Failed, StatusJudge.Judge(configuration, Reports(away: true), _now, PreviousStatus.Parse(StatusPageJson.Write(page))).Servers[Broken].Status);
    }

    private StatusPageReport Run(StatusPageReport? before, bool away = false, MaintenanceWindow? window = null) => Run(before, Reports(away), window);

    private StatusPageReport Run(StatusPageReport? before, ServerReport[] reports, MaintenanceWindow? window = null)
    {
        var configuration = PageFixture.Configuration() with { DampsFlaps = true, Maintenance = window is null ? [] : [window] };
        var page = StatusJudge.Judge(configuration, reports, _now, before is null ? null : PreviousStatus.Parse(StatusPageJson.Write(before)), before?.History);
        _now += TimeSpan.FromMinutes(2);
        return page;
    }

    private ServerReport[] Reports(bool away)
        => [.. PageFixture.Reports(42, 42, away ? null : 42, 42, 42).Select(report => report with { ScrapedAt = _now })];
}
