using System.Globalization;

namespace Cvmfs.Net.Documents;

/// <summary>A date as servers write it into status files: <c>Mon Jan  6 08:05:09 UTC 2025</c>, and what else is found in its place.</summary>
/// <remarks>A bad date is a value without a time, never an error: one must not cost the whole document. Immutable.</remarks>
/// <param name="Text">The text as found.</param>
/// <param name="Time">The time; null where the text is no date.</param>
/// <param name="IsZoneKnown">False where the time zone was missing or is no zone that is known; <paramref name="Time"/> then takes it for UTC.</param>
public sealed record CvmfsDate(string Text, DateTimeOffset? Time, bool IsZoneKnown)
{
    // No date that is found anywhere is longer than 40 characters.
    private const int MaxLength = 64;

    private static readonly string[] IsoFormats =
    [
        "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd",
    ];

    /// <summary>A date to be written.</summary>
    public static CvmfsDate From(DateTimeOffset time) => new(Format(time), time, IsZoneKnown: true);

    /// <summary>Writes a date as the server tools do: UTC, the day padded with a blank.</summary>
    public static string Format(DateTimeOffset time)
    {
        var utc = time.UtcDateTime;
        return string.Create(CultureInfo.InvariantCulture, $"{utc:ddd MMM} {utc.Day,2} {utc:HH:mm:ss} UTC {utc:yyyy}");
    }

    /// <summary>Reads a date in any of the forms that servers write: the one of <see cref="Format"/>, with a twelve-hour clock, with the day in front
    /// of the month, RFC 2822, ISO 8601 or Unix seconds. A wrong weekday does not matter.</summary>
    public static CvmfsDate Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = new DateParts();
        if (ReadIso(text) is { } iso) return new CvmfsDate(text, iso.Time, iso.HasZone);
        return text.Length <= MaxLength && parts.TryRead(text) && parts.ToTime() is { } time
            ? new CvmfsDate(text, time, parts.IsZoneKnown)
            : new CvmfsDate(text, null, IsZoneKnown: false);
    }

    /// <summary>As <see cref="Read"/>, the time alone.</summary>
    public static bool TryParse(string text, out DateTimeOffset time)
    {
        var read = Read(text).Time;
        time = read ?? default;
        return read is not null;
    }

    /// <summary>The text as found.</summary>
    public override string ToString() => Text;

    private static (DateTimeOffset Time, bool HasZone)? ReadIso(string text)
    {
        string trimmed = text.Trim();
        if (trimmed.Length is 0 or > MaxLength || !char.IsAsciiDigit(trimmed[0])) return null;
        if (long.TryParse(trimmed, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds))
        {
            return seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? (DateTimeOffset.FromUnixTimeSeconds(seconds), true) : null;
        }

        const DateTimeStyles Styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTimeOffset.TryParseExact(trimmed, IsoFormats, CultureInfo.InvariantCulture, Styles, out var time)) return null;
        int clock = trimmed.IndexOf(':', StringComparison.Ordinal);
        bool hasZone = clock > 0 && trimmed.AsSpan(clock).IndexOfAny("Zz+-") >= 0;
        return (time, hasZone);
    }
}
