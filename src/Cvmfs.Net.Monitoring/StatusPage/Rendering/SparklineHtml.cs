using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>How long the last looks at a server took, as a line; where a look failed, the line has a gap.</summary>
internal static class SparklineHtml
{
    private const int Width = 150;
    private const int Height = 16;

    public static HtmlText Sparkline(this HtmlText html, IReadOnlyList<double?> durations)
    {
        double[] measured = [.. durations.OfType<double>()];
        if (measured.Length < 2) return html;
        double longest = Math.Max(1, measured.Max());
        string summary = string.Create(CultureInfo.InvariantCulture, $"measured in {measured[^1]:0} ms; {measured.Min():0} to {measured.Max():0} ms in {durations.Count} looks");
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
