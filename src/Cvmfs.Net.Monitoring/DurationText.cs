using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;

namespace Cvmfs.Net.Monitoring;

/// <summary>Durations as people write them: <c>90s</c>, <c>45m</c>, <c>8h</c>, <c>10d</c>, or ISO 8601 without months and years (<c>PT45M</c>).</summary>
public static partial class DurationText
{
    /// <summary>Reads a duration above zero; false where the text is none.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        if (text is null || text.Length > 32) return false;
        if (Short().Match(text) is { Success: true } match)
        {
            if (!long.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out long count) || count > 1_000_000_000) return false;
            duration = match.Groups[2].Value switch
            {
                "s" => TimeSpan.FromSeconds(count),
                "m" => TimeSpan.FromMinutes(count),
                "h" => TimeSpan.FromHours(count),
                "d" when count < 1_000_000 => TimeSpan.FromDays(count),
                _ => TimeSpan.Zero,
            };
            return duration > TimeSpan.Zero;
        }

        if (!Iso().IsMatch(text)) return false;
        try
        {
            duration = XmlConvert.ToTimeSpan(text);
            return duration > TimeSpan.Zero;
        }
        catch (Exception odd) when (odd is FormatException or OverflowException)
        {
            return false;
        }
    }

    [GeneratedRegex("^([0-9]{1,10})(s|m|h|d)$", RegexOptions.CultureInvariant)]
    private static partial Regex Short();

    [GeneratedRegex(@"^P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Iso();
}
