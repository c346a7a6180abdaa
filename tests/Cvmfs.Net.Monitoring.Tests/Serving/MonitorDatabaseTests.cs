using Cvmfs.Net.Monitoring.Incidents;
using Cvmfs.Net.Monitoring.Serving;
using Cvmfs.Net.Monitoring.StatusPage;
using Cvmfs.Net.Monitoring.Tests.StatusPage;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Serving;

public sealed class MonitorDatabaseTests
{
    private static readonly DateTimeOffset s_now = PageFixture.Now;

    [Fact]
    public void What_was_committed_is_there_when_the_process_ended_without_a_word()
    {
        using var folder = new TempFolder();
        var killed = MonitorDatabase.Open(folder.Combine("m.db"));
        var page = Page(s_now, away: true);
        var incident = new Incident(7, "server/x", s_now)
        {
            Status = ServiceStatus.Failed,
            Severity = AlertSeverity.Page,
            Environment = "prod",
            Message = "refused",
            AnnouncedAt = s_now,
            Told = new HashSet<AlertSeverity> { AlertSeverity.Ticket, AlertSeverity.Page },
        };
        killed.AddScrape(PageFixture.Reports(42, 42, 42, 42, 42)[1]);
        killed.AddRound(page, [incident], [("hook", new IncidentEvent(IncidentEventKind.Opened, incident, ServiceStatus.Ok, s_now))], ("page", "{}"u8.ToArray()));

        // The files as a kill leaves them: with the log beside the database, and nobody to close either.
        using var after = new TempFolder();
        foreach (string file in Directory.EnumerateFiles(folder.Path)) File.Copy(file, after.Combine(Path.GetFileName(file)));
        using (var database = MonitorDatabase.Open(after.Combine("m.db")))
        {
            Assert.Equal("{}"u8.ToArray(), database.Find("page"));
            Assert.Equivalent(incident, Assert.Single(database.ReadIncidents(onlyOpen: true)));
            Assert.Equal(7, database.LastIncident);
            Assert.Equal(page.History.ToBytes(), database.ReadHistory().ToBytes());
            Assert.Equal("reachable", Assert.Single(database.ReadScrapes(PageFixture.Hosts[1], 10)).Outcome);
            Assert.Equal(1, database.Count("revisions"));
            var left = Assert.Single(database.ReadAlerts("hook", Fail));
            Assert.Equal(("7-opened", "refused", AlertSeverity.Page, "prod"), (left.Key[..8], left.Incident.Message, left.Incident.Severity, left.Incident.Environment));
            Assert.Empty(database.ReadAlerts("other", Fail));
            database.RemoveAlert("hook", left.Key);
            Assert.Equal(0, database.Count("outbox"));
        }

        killed.Dispose();
    }

    [Theory]
    [InlineData("severity = 99")]
    [InlineData("kind = -1")]
    [InlineData("at = 9000000000000000000")]
    [InlineData("began_at = 'yesterday'")]
    public void An_alert_that_cannot_be_read_is_told_left_and_passed_over(string spoilt)
    {
        using var folder = new TempFolder();
        string path = folder.Combine("m.db");
        using (var database = MonitorDatabase.Open(path))
        {
            var incidents = Enumerable.Range(1, 2).Select(id => new Incident(id, "server:a", s_now) { Status = ServiceStatus.Failed, Severity = AlertSeverity.Page }).ToList();
            database.AddRound(Page(s_now, away: true), incidents, incidents.Select(incident => ("hook", new IncidentEvent(IncidentEventKind.Opened, incident, ServiceStatus.Ok, s_now))));
        }

        using (var file = Cvmfs.Net.Databases.SqliteFile.OpenOnDisk(path)) file.Execute($"UPDATE outbox SET {spoilt} WHERE incident = 1");
        using var opened = MonitorDatabase.Open(path);
        var odd = new List<string>();
        Assert.Equal(2, Assert.Single(opened.ReadAlerts("hook", odd.Add)).Incident.Id);
        Assert.StartsWith($"{path}: outbox, an alert for receiver hook cannot be read and is left there: ", Assert.Single(odd), StringComparison.Ordinal);
        Assert.Equal(2, opened.Count("outbox"));
    }

    [Fact]
    public void A_round_that_cannot_be_written_whole_leaves_nothing()
    {
        using var database = MonitorDatabase.Open(null);
        var odd = new Incident(1, null!, s_now) { Status = ServiceStatus.Failed, Severity = AlertSeverity.Page }; // a line that the table refuses
        Assert.ThrowsAny<Exception>(() => database.AddRound(Page(s_now, away: false), [odd], [], ("page", "{}"u8.ToArray())));
        Assert.Null(database.Find("page"));
        Assert.Equal(0, database.Count("days"));
    }

    [Fact]
    public void Looks_are_rolled_up_by_the_hour_and_forgotten_in_their_time()
    {
        using var database = MonitorDatabase.Open(null);
        for (int i = 0; i < 120; i++) database.AddScrape(PageFixture.Reports(42, 42, 42, 42, 42)[0] with { ScrapedAt = s_now.AddMinutes(i * 2) });
        Assert.Equal((120, 4, 1), (database.Count("scrapes"), database.Count("hours"), database.Count("revisions")));
        database.Forget(s_now.AddHours(4), scrapes: TimeSpan.FromHours(1), hours: TimeSpan.FromHours(2), days: 1);
        Assert.Equal((30, 2), (database.Count("scrapes"), database.Count("hours")));
    }

    [Fact]
    public void Days_are_counted_on_over_restarts_and_old_ones_go()
    {
        using var database = MonitorDatabase.Open(null);
        for (int day = 0; day < 5; day++) database.AddRound(Page(s_now.AddDays(day), away: false, database.ReadHistory()), [], []);
        database.AddRound(Page(s_now.AddDays(4).AddMinutes(2), away: false, database.ReadHistory()), [], []);
        database.Forget(s_now.AddDays(4), TimeSpan.FromDays(9), TimeSpan.FromDays(9), days: 2);
        var history = database.ReadHistory();
        Assert.Null(history.Availability(StatusHistory.OverallLine, s_now.AddDays(2)));
        Assert.NotNull(history.Availability(StatusHistory.OverallLine, s_now.AddDays(3)));
        Assert.Equal(2, history.RowsOf(s_now.AddDays(4)).First().Counts.Sum());
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_with_its_name()
    {
        using var folder = new TempFolder();
        string file = folder.Combine("m.db");
        File.WriteAllText(file, new string('x', 5000));
        Assert.Contains("m.db", Assert.Throws<CvmfsFormatException>(() => MonitorDatabase.Open(file)).Message, StringComparison.Ordinal);
    }

    private static StatusPageReport Page(DateTimeOffset at, bool away, StatusHistory? history = null)
        => StatusJudge.Judge(PageFixture.Configuration(), PageFixture.Reports(42, 42, away ? null : 42, 42, 42), at, history: history);

    private static void Fail(string odd) => Assert.Fail(odd);
}
