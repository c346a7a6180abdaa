using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Diagnostics;

/// <summary>Builds the Prometheus text format: one HELP and TYPE per family, escaped text, no timestamps. Not thread-safe.</summary>
internal sealed class PrometheusText
{
    private readonly StringBuilder _text = new();

    /// <summary>Begins a family; its samples follow.</summary>
    public void Family(string name, string type, string? help)
    {
        if (!string.IsNullOrEmpty(help)) Escape(_text.Append("# HELP ").Append(name).Append(' '), help, isLabel: false).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    /// <summary>Adds a sample.</summary>
    /// <param name="name">Name of the family, with the suffix of the sample.</param>
    /// <param name="labels">What <see cref="Labels"/> made.</param>
    /// <param name="value">The value.</param>
    /// <param name="bound">Upper bound of a histogram's bucket; null for other samples.</param>
    public void Sample(string name, string labels, double value, double? bound = null)
    {
        _text.Append(name);
        if (bound is { } le) _text.Append('{').Append(labels).Append(labels.Length > 0 ? "," : "").Append("le=\"").Append(Number(le)).Append("\"}");
        else if (labels.Length > 0) _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <summary>The text between the braces, in the order of the labels' names. Of tags that translate to the same name, the first counts.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in tags) labels.TryAdd(PrometheusName.OfLabel(tag.Key), Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "");
        var text = new StringBuilder();
        foreach (var (name, value) in labels)
        {
            if (value.Length == 0) continue; // the same as no label
            if (text.Length > 0) text.Append(',');
            Escape(text.Append(name).Append("=\""), value, isLabel: true).Append('"');
        }

        return text.ToString();
    }

    /// <summary>The document as UTF-8, ending in a newline.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_text.ToString());

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static StringBuilder Escape(StringBuilder text, string value, bool isLabel)
    {
        foreach (char c in value)
        {
            if (c == '\\') text.Append("\\\\");
            else if (c == '\n') text.Append("\\n");
            else if (c == '"' && isLabel) text.Append("\\\"");
            else text.Append(c);
        }

        return text;
    }
}
