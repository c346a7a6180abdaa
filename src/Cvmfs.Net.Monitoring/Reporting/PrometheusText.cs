using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>Builds the Prometheus text format: one HELP and TYPE per family, escaped labels, no timestamps. Not thread-safe.</summary>
internal sealed class PrometheusText
{
    public const string Gauge = "gauge";
    public const string Counter = "counter";
    public const string Histogram = "histogram";

    private readonly StringBuilder _text = new();
    private string? _pending;

    /// <summary>Begins a family; its samples follow. A family without samples leaves nothing behind.</summary>
    public void Family(string name, string type, string help)
        => _pending = $"# HELP {name} {help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\n# TYPE {name} {type}\n";

    /// <summary>Adds a sample.</summary>
    /// <param name="name">The family's name, for histograms with its ending.</param>
    /// <param name="labels">Labels as <see cref="Labels"/> makes them; may be empty.</param>
    /// <param name="value">The value.</param>
    public void Sample(string name, string labels, double value)
    {
        _text.Append(_pending).Append(name);
        _pending = null;
        if (labels.Length > 0) _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(value switch
        {
            double.PositiveInfinity => "+Inf",
            double.NegativeInfinity => "-Inf",
            double.NaN => "NaN",
            _ => value.ToString("R", CultureInfo.InvariantCulture),
        }).Append('\n');
    }

    /// <summary>The document, ending in a newline.</summary>
    public override string ToString() => _text.ToString();

    /// <summary>Labels behind others, escaped; those without a value are left out.</summary>
    public static string Labels(string before, params ReadOnlySpan<(string Label, string? Value)> labels)
    {
        var text = new StringBuilder(before);
        foreach (var (label, value) in labels)
        {
            if (value is null) continue;
            if (text.Length > 0) text.Append(',');
            text.Append(label).Append("=\"");
            Escape(text, value);
            text.Append('"');
        }

        return text.ToString();
    }

    private static void Escape(StringBuilder text, string value)
    {
        foreach (char c in value)
        {
            switch (c)
            {
                case '\\':
                    text.Append("\\\\");
                    break;
                case '"':
                    text.Append("\\\"");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                default:
                    text.Append(char.IsControl(c) ? '\uFFFD' : c);
                    break;
            }
        }
    }
}
