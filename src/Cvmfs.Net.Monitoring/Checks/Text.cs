using System.Globalization;

namespace Cvmfs.Net.Monitoring.Checks;

/// <summary>Wording of messages.</summary>
internal static class Text
{
    public static string Hours(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h");

    public static string Minutes(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min");
}
