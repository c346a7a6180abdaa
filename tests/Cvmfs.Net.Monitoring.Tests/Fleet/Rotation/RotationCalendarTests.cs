using Cvmfs.Net.Monitoring.Fleet.Rotation;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Fleet.Rotation;

public sealed class RotationCalendarTests
{
    private const string Rotated = "demo-1: {type: master, pem_file: keys/demo-1.pub, state: active, valid_until: 2026-04-01T00:00:00Z}\n  demo-2: {type: master, pem_file: keys/demo-2.pub, state: next, valid_from: 2026-03-20T00:00:00Z}\n";

    [Fact]
    public void Keys_and_maintenance_are_known_from_the_file()
    {
        var calendar = RotationCalendar.Of(FleetFixture.Fleet(FleetFixture.Change("demo-1: {type: master, pem_file: keys/demo-1.pub, state: active}\n  demo-2: {type: master, pem_file: keys/demo-2.pub, state: next}\n", Rotated)), []);
        Assert.Equal(
            [
                "act from    on          what         which",
                "2025-06-01  2025-06-01  key          demo-0: is retired, and clients lose it",
                "2026-01-12  2026-01-12  maintenance  disks: New disks (s1-b)",
                "2026-03-02  2026-04-01  key          demo-1: ends; ship the next key to clients, then sign whitelists with that",
                "2026-03-20  2026-03-20  key          demo-2: is to sign from now on; make it active when clients have had it for a while",
                "",
            ],
            calendar.ToText().Split('\n'));
        Assert.DoesNotContain("demo-0", calendar.ToText(FleetFixture.Now), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whitelists_and_certificates_are_seen_on_servers_with_the_notice_that_alerts_give()
    {
        using var repository = await new RepositoryBuilder("soft.demo.test").File("/hello", "hello").BuildAsync();
        await using var world = new FakeFleet();
        var report = await ScrapeKit.ScrapeAsync(ScrapeKit.Options(repository), await world.AddAsync(repository.ServerRoot, FakeFleet.Lists("soft.demo.test")));
        var events = RotationCalendar.Of(FleetFixture.Fleet(), [report]).Events;
        var whitelist = report.Repositories[0].Whitelist!;
        var signing = Assert.Single(events, one => one.Kind == RotationKind.Whitelist);
        Assert.Equal((whitelist.ExpiresAt, "soft.demo.test"), (signing.At, signing.Subject));
        Assert.Equal((whitelist.ExpiresAt - whitelist.CreatedAt!.Value) / 3, signing.At - signing.ActFrom);
        Assert.Equal(TimeSpan.FromDays(30), Assert.Single(events, one => one.Kind == RotationKind.Certificate) is var end ? end.At - end.ActFrom : default);
        Assert.Equal(events.OrderBy(one => one.ActFrom), events);
    }

    [Fact]
    public void The_calendar_is_one_that_programs_read()
    {
        string words = string.Concat(Enumerable.Repeat("Ümlaute, commas; and more. ", 6)).Trim();
        string text = RotationCalendar.Of(FleetFixture.Fleet(FleetFixture.Change("text: New disks", $"text: \"{words}\"")), []).ToICalendar();
        string[] lines = text.Split("\r\n");
        Assert.DoesNotContain('\n', string.Concat(lines));
        Assert.All(lines, line => Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(line), 0, 75));
        string[] unfolded = text.Replace("\r\n ", "", StringComparison.Ordinal).Split("\r\n");
        Assert.Equal(("BEGIN:VCALENDAR", "END:VCALENDAR", ""), (unfolded[0], unfolded[^2], unfolded[^1]));
        Assert.Equal(unfolded.Count(line => line == "BEGIN:VEVENT"), unfolded.Count(line => line == "END:VEVENT"));
        Assert.Contains("DTSTART:20260112T080000Z", unfolded);
        Assert.Contains("DTEND:20260112T100000Z", unfolded);
        Assert.Contains(unfolded, line => line.StartsWith("SUMMARY:disks: Ümlaute\\, commas\\; and more.", StringComparison.Ordinal));
        foreach (string property in (string[])["UID:", "DTSTAMP:", "DTSTART:", "SUMMARY:"]) Assert.Equal(2, unfolded.Count(line => line.StartsWith(property, StringComparison.Ordinal)));
    }

    [Fact]
    public void An_event_that_moves_is_the_same_event_in_a_later_edition()
    {
        string before = RotationCalendar.Of(FleetFixture.Fleet(), []).ToICalendar(FleetFixture.Now);
        string moved = FleetFixture.Change("from: 2026-01-12T08:00:00Z, to: 2026-01-12T10:00:00Z", "from: 2026-01-11T08:00:00Z, to: 2026-01-11T09:00:00Z").Replace("New disks", "Newer disks", StringComparison.Ordinal);
        string after = RotationCalendar.Of(FleetFixture.Fleet(moved), []).ToICalendar(FleetFixture.Now.AddMinutes(1));
        Assert.Equal(Lines(before, "UID").Order(StringComparer.Ordinal), Lines(after, "UID").Order(StringComparer.Ordinal));
        Assert.Equal(Lines(before, "UID").Distinct(), Lines(before, "UID"));
        Assert.Contains("UID:maintenance-disks@demo.fleet", Lines(before, "UID"));
        Assert.Contains("DTSTART:20260111T080000Z", Lines(after, "DTSTART"));
        Assert.All(Lines(after, "LAST-MODIFIED").Concat(Lines(after, "DTSTAMP")), line => Assert.EndsWith(":20260110T120100Z", line, StringComparison.Ordinal));
        Assert.True(long.Parse(Lines(after, "SEQUENCE")[0][9..], System.Globalization.CultureInfo.InvariantCulture) > long.Parse(Lines(before, "SEQUENCE")[0][9..], System.Globalization.CultureInfo.InvariantCulture));

        static string[] Lines(string calendar, string property) => [.. calendar.Split("\r\n").Where(line => line.StartsWith(property + ":", StringComparison.Ordinal))];
    }

    [Fact]
    public void A_key_that_begins_and_ends_has_two_events_and_a_moment_has_no_end()
    {
        string yaml = FleetFixture.Change("pem_file: keys/demo-2.pub, state: next", "pem_file: keys/demo-2.pub, state: next, valid_from: 2026-03-01T00:00:00Z, valid_until: 2030-01-01T00:00:00Z");
        string[] events = RotationCalendar.Of(FleetFixture.Fleet(yaml), []).ToICalendar().Split("BEGIN:VEVENT");
        Assert.DoesNotContain("DTEND", Assert.Single(events, one => one.Contains("UID:key-begin-demo-2@", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("DTEND:20300101T000000Z", Assert.Single(events, one => one.Contains("UID:key-demo-2@", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.All(events, one => Assert.DoesNotContain("SEQUENCE", one, StringComparison.Ordinal)); // the same fleet gives the same bytes
    }
}
