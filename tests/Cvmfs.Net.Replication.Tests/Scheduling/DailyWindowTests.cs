using Cvmfs.Net.Replication.Scheduling;

namespace Cvmfs.Net.Replication.Tests.Scheduling;

public sealed class DailyWindowTests
{
    /// <summary>Clocks go from 02:00 to 03:00 on the last Sunday of March and back on that of October.</summary>
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.CreateCustomTimeZone(
        "test", TimeSpan.FromHours(1), "test", "test", "test summer",
        [
            TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(
                DateTime.MinValue.Date,
                DateTime.MaxValue.Date,
                TimeSpan.FromHours(1),
                TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 2, 0, 0), 3, 5, DayOfWeek.Sunday),
                TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 3, 0, 0), 10, 5, DayOfWeek.Sunday)),
        ]);

    [Theory]
    [InlineData("02:00-05:00", "01:59", false)]
    [InlineData("02:00-05:00", "02:00", true)]
    [InlineData("02:00-05:00", "04:59", true)]
    [InlineData("02:00-05:00", "05:00", false)]
    [InlineData("22:30-04:00", "22:29", false)]
    [InlineData("22:30-04:00", "23:59", true)]
    [InlineData("22:30-04:00", "00:00", true)]
    [InlineData("22:30-04:00", "04:00", false)]
    public void Is_open_from_its_first_minute_to_before_its_last(string window, string time, bool expected)
        => Assert.Equal(expected, DailyWindow.Parse(window).IsOpen(At($"2026-01-10 {time}"), TimeZoneInfo.Utc));

    [Theory]
    [InlineData("02:00-05:00", "2026-01-10 01:00", "2026-01-10 02:00", "2026-01-10 05:00")]
    [InlineData("02:00-05:00", "2026-01-10 03:00", "2026-01-10 03:00", "2026-01-10 05:00")]
    [InlineData("02:00-05:00", "2026-01-10 05:00", "2026-01-11 02:00", "2026-01-11 05:00")]
    [InlineData("23:00-01:00", "2026-01-10 12:00", "2026-01-10 23:00", "2026-01-11 01:00")]
    public void Says_when_it_opens_and_closes(string text, string now, string opens, string closes)
    {
        var window = DailyWindow.Parse(text);
        Assert.Equal((At(opens), At(closes)), (window.NextOpening(At(now), TimeZoneInfo.Utc), window.NextClosing(At(now), TimeZoneInfo.Utc)));
    }

    [Fact]
    public void Means_the_clock_on_the_wall()
    {
        var window = DailyWindow.Parse("04:00-05:00");
        Assert.Equal(At("2026-01-10 03:00"), window.NextOpening(At("2026-01-10 00:00"), Zone));
        Assert.Equal(At("2026-07-10 02:00"), window.NextOpening(At("2026-07-10 00:00"), Zone));
    }

    [Fact]
    public void One_in_the_hour_that_is_skipped_opens_right_after_it()
        => Assert.Equal(At("2026-03-29 01:00"), DailyWindow.Parse("02:15-03:30").NextOpening(At("2026-03-29 00:30"), Zone));

    [Theory]
    [InlineData("")]
    [InlineData("02:00")]
    [InlineData("02:00-02:00")]
    [InlineData("25:00-03:00")]
    [InlineData("02:00-05:00-07:00")]
    [InlineData("2-5")]
    public void Refuses_what_is_no_window(string text)
    {
        Assert.False(DailyWindow.TryParse(text, out _));
        Assert.Throws<FormatException>(() => DailyWindow.Parse(text));
    }

    [Fact]
    public void Reads_what_it_writes() => Assert.Equal("02:00-05:30", DailyWindow.Parse(" 2:00 - 05:30").ToString());

    private static DateTimeOffset At(string utc) => DateTimeOffset.Parse(utc + "Z", System.Globalization.CultureInfo.InvariantCulture);
}
