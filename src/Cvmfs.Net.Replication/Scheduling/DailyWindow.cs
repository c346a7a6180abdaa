using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Cvmfs.Net.Replication.Scheduling;

/// <summary>A part of every day, such as <c>02:00-05:00</c>, by the clock on the wall; it may go over midnight.</summary>
/// <remarks>On the day on which clocks change, a window is an hour longer or shorter, and one that lies in an hour that is skipped opens right after it.</remarks>
public readonly record struct DailyWindow
{
    private const string Format = "HH':'mm";

    /// <summary>Names a window.</summary>
    /// <param name="from">Its first minute.</param>
    /// <param name="to">The minute after its last; before <paramref name="from"/> for a window over midnight.</param>
    /// <exception cref="ArgumentException">Both are the same: that could be all day or never.</exception>
    public DailyWindow(TimeOnly from, TimeOnly to)
    {
        if (from == to) throw new ArgumentException($"A window from {from.ToString(Format, CultureInfo.InvariantCulture)} to the same minute is empty; leave it out for all day.", nameof(to));
        From = from;
        To = to;
    }

    /// <summary>Its first minute.</summary>
    public TimeOnly From { get; }

    /// <summary>The minute after its last.</summary>
    public TimeOnly To { get; }

    /// <summary>Reads <c>HH:mm-HH:mm</c>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static DailyWindow Parse(string text)
        => TryParse(text, out var window) ? window : throw new FormatException($"\"{text}\" is no window of a day; expected two different times such as 02:00-05:00.");

    /// <summary>Reads <c>HH:mm-HH:mm</c>; false if it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DailyWindow window)
    {
        window = default;
        string[] ends = text?.Split('-', StringSplitOptions.TrimEntries) ?? [];
        if (ends.Length != 2 || !TryParseTime(ends[0], out var from) || !TryParseTime(ends[1], out var to) || from == to) return false;
        window = new DailyWindow(from, to);
        return true;
    }

    /// <summary>Whether the window is open.</summary>
    /// <param name="now">The instant.</param>
    /// <param name="zone">Whose wall clock.</param>
    public bool IsOpen(DateTimeOffset now, TimeZoneInfo zone)
    {
        var local = TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        return From < To ? local >= From && local < To : local >= From || local < To;
    }

    /// <summary>The first instant not before another at which the window is open.</summary>
    /// <param name="now">The instant.</param>
    /// <param name="zone">Whose wall clock.</param>
    public DateTimeOffset NextOpening(DateTimeOffset now, TimeZoneInfo zone) => IsOpen(now, zone) ? now : Next(From, now, zone);

    /// <summary>The first instant after another at which the window closes.</summary>
    /// <param name="now">The instant.</param>
    /// <param name="zone">Whose wall clock.</param>
    public DateTimeOffset NextClosing(DateTimeOffset now, TimeZoneInfo zone) => Next(To, now, zone);

    /// <inheritdoc/>
    public override string ToString()
        => $"{From.ToString(Format, CultureInfo.InvariantCulture)}-{To.ToString(Format, CultureInfo.InvariantCulture)}";

    private static bool TryParseTime(string text, out TimeOnly time)
        => TimeOnly.TryParseExact(text, ["HH':'mm", "H':'mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out time);

    private static DateTimeOffset Next(TimeOnly at, DateTimeOffset now, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        for (int day = 0; ; day++)
        {
            var wall = today.AddDays(day).ToDateTime(at);
            while (zone.IsInvalidTime(wall)) wall = wall.AddMinutes(1); // the hour that is skipped in spring
            var instant = new DateTimeOffset(wall, zone.GetUtcOffset(wall));
            if (instant > now) return instant;
        }
    }
}
