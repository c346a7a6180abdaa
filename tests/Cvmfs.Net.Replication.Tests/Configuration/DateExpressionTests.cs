using System.Diagnostics;
using System.Globalization;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Configuration;

public sealed class DateExpressionTests
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 31, 12, 30, 15, TimeSpan.Zero);

    [Theory]
    [InlineData("3 days ago", "2026-03-28T12:30:15Z")]
    [InlineData("1 day ago", "2026-03-30T12:30:15Z")]
    [InlineData("2 weeks ago", "2026-03-17T12:30:15Z")]
    [InlineData("  3  DAYS   AGO ", "2026-03-28T12:30:15Z")]
    [InlineData("1 month ago", "2026-03-03T12:30:15Z")]
    [InlineData("yesterday", "2026-03-30T12:30:15Z")]
    [InlineData("now", "2026-03-31T12:30:15Z")]
    [InlineData("last week", "2026-03-24T12:30:15Z")]
    [InlineData("-6 hours", "2026-03-31T06:30:15Z")]
    [InlineData("week ago", "2026-03-24T12:30:15Z")]
    [InlineData("2026-01-31", "2026-01-31T00:00:00Z")]
    [InlineData("2026-01-31 12:00:00 UTC", "2026-01-31T12:00:00Z")]
    [InlineData("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z")]
    [InlineData("@1767225600", "2026-01-01T00:00:00Z")]
    public void Means_what_date_means(string text, string expected)
        => Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), DateExpression.Parse(text).Resolve(s_now));

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("3 days hence")]
    [InlineData("three days ago")]
    [InlineData("a week ago")]
    [InlineData("3")]
    [InlineData("ago")]
    [InlineData("3 days ago ago")]
    [InlineData("2026-02-30")]
    [InlineData("2026-01-31 12:00 +1 day")]
    [InlineData("31/01/2026")]
    [InlineData("99999999999 years ago")]
    public void Refuses_what_it_does_not_understand(string text) => Assert.Null(DateExpression.TryParse(text));

    [Fact]
    public void A_time_beyond_the_calendar_is_an_error_and_no_wrong_number()
        => Assert.Throws<FormatException>(() => DateExpression.Parse("99999 years ago").Resolve(s_now));

    [Fact]
    public void Any_text_is_a_date_or_none() => Properties.Hold<string>(text =>
    {
        try
        {
            DateExpression.TryParse(text ?? "")?.Resolve(s_now);
        }
        catch (FormatException)
        {
            // outside the calendar
        }
    });

    [Theory]
    [InlineData("UTC")]
    [InlineData("America/New_York")]
    public async Task The_system_s_date_agrees(string zone)
    {
        if (!File.Exists("/bin/date") || !File.Exists($"/usr/share/zoneinfo/{zone}")) Assert.Skip("there is no date with zones here.");
        const int Seed = 20_260_101;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        string[] units = ["sec", "seconds", "min", "minutes", "hour", "hours", "day", "days", "week", "weeks", "fortnight", "month", "months", "year", "years"];
        var accepted = new List<(string Text, DateExpression Date)>();
        while (accepted.Count < 400)
        {
            // An absolute date in front, because the clock of the other program cannot be set. The hours around midnight are those of no change of clocks.
            string text = $"20{random.Next(10, 40):00}-{random.Next(1, 13):00}-{random.Next(1, 32):00}";
            if (random.Next(2) == 0) text += random.Next(2) == 0 ? $" {random.Next(24):00}:{random.Next(60):00}:{random.Next(60):00} UTC" : $"T{random.Next(24):00}:{random.Next(60):00}Z";
            for (int steps = random.Next(3); steps > 0; steps--)
            {
                text += random.Next(6) switch
                {
                    0 => " yesterday",
                    1 => " next " + units[random.Next(units.Length)],
                    2 => " last " + units[random.Next(units.Length)],
                    3 => $" {random.Next(40)} {units[random.Next(units.Length)]}",
                    _ => $" {random.Next(40)} {units[random.Next(units.Length)]} ago",
                };
            }

            if (DateExpression.TryParse(text) is { } date) accepted.Add((text, date));
        }

        var start = new ProcessStartInfo("/bin/date", ["-f", "-", "+%s"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["TZ"], start.Environment["LC_ALL"]) = (zone, "C");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(string.Join('\n', accepted.Select(one => one.Text)) + "\n");
        process.StandardInput.Close();
        string[] lines = (await output).Split('\n');
        Assert.Equal("", await error);
        var clocks = TimeZoneInfo.FindSystemTimeZoneById(zone);
        for (int i = 0; i < accepted.Count; i++)
        {
            Assert.True(lines[i] == accepted[i].Date.Resolve(s_now, clocks).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), $"{accepted[i].Text}: {accepted[i].Date.Resolve(s_now, clocks):O}, date says {lines[i]}");
        }
    }
}
