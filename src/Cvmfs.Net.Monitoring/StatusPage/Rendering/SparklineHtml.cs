using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>Times as a line: where one is missing, the line has a gap.</summary>
internal static class SparklineHtml
{
    private const int Width = 150;
    private const int Height = 16;

    /// <summary>How long the last looks at a server took, in milliseconds; a look that failed is a gap.</summary>
    public static HtmlText Sparkline(this HtmlText html, IReadOnlyList<double?> durations)
    {
        double[] measured = [.. durations.OfType<double>()];
        if (measured.Length < 2) return html;
        return html.Line(durations, string.Create(CultureInfo.InvariantCulture, $"measured in {measured[^1]:0} ms; {measured.Min():0} to {measured.Max():0} ms in {durations.Count} looks"));
    }

    /// <summary>How many seconds the slowest server was behind with each of the last revisions.</summary>
    public static HtmlText LagLine(this HtmlText html, IReadOnlyList<double?> lags)
    {
        double[] known = [.. lags.OfType<double>()];
        if (known.Length < 2) return html;
        return html.Line(lags, $"{known.Length} revisions reached the slowest server after {Age(known.Min())} to {Age(known.Max())}, the last one after {Age(known[^1])}");

        static string Age(double seconds) => AgeText.Of(TimeSpan.FromSeconds(seconds));
    }

    private static HtmlText Line(this HtmlText html, IReadOnlyList<double?> durations, string summary)
    {
        double longest = Math.Max(1, durations.Max() ?? 1);
        var path = new StringBuilder();
        bool isDrawing = false;
        for (int i = 0; i < durations.Count; i++)
        {
            if (durations[i] is { } duration)
            {
                double x = (double)i * Width / (durations.Count - 1), y = Height - 1 - (duration / longest * (Height - 2));
                path.Append(CultureInfo.InvariantCulture, $"{(isDrawing ? 'L' : 'M')}{x:0.#} {y:0.#}");
                if (!isDrawing) path.Append("h0"); // one look alone is a dot
            }

            isDrawing = durations[i] is not null;
        }

        return html.Open("svg", ("class", "sparkline"), ("viewBox", $"0 0 {Width} {Height}"), ("preserveAspectRatio", "none"), ("role", "img"), ("aria-label", summary))
            .Element("title", summary).Empty("path", ("d", path.ToString())).Close();
    }
}
