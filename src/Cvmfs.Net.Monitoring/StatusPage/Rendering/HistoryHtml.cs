using System.Globalization;

namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>The last thirty days of something as a row of bars: the taller, the better; the colour says the same again.</summary>
internal static class HistoryHtml
{
    private const int Days = 30;
    private const int Height = 20;

    public static HtmlText Bars(this HtmlText html, StatusPageReport report, string line)
    {
        if (!report.History.Knows(line)) return html.Element("span", "–", ("class", "soft"));
        DateTimeOffset[] days = [.. Enumerable.Range(0, Days).Select(back => report.UpdatedAt.AddDays(back - Days + 1))];
        double[] availability = [.. days.Select(day => report.History.Availability(line, day)).OfType<double>()];
        string summary = availability.Length == 0
            ? "no measurements"
            : string.Create(CultureInfo.InvariantCulture, $"usable {Math.Floor(availability.Average() * 10_000) / 100:0.##} % of {(availability.Length == 1 ? "one day" : availability.Length + " days")}");
        html.Open("svg", ("class", "history"), ("viewBox", $"0 0 {Days * 5} {Height}"), ("preserveAspectRatio", "none"), ("role", "img"), ("aria-label", summary)).Element("title", summary);
        for (int i = 0; i < Days; i++)
        {
            var status = report.History.Typical(line, days[i]);
            int height = status switch
            {
                ServiceStatus.Ok => Height,
                ServiceStatus.Degraded => 15,
                ServiceStatus.Warning => 12,
                ServiceStatus.Failed => 7,
                ServiceStatus.Maintenance => 10,
                ServiceStatus.Unknown => 4,
                _ => 2,
            };
            html.Empty(
                "rect",
                ("class", status is { } known ? "h-" + known.Name().ToLowerInvariant() : "h-none"),
                ("x", (i * 5).ToString(CultureInfo.InvariantCulture)),
                ("y", (Height - height).ToString(CultureInfo.InvariantCulture)),
                ("width", "4"),
                ("height", height.ToString(CultureInfo.InvariantCulture)));
        }

        return html.Close();
    }
}
