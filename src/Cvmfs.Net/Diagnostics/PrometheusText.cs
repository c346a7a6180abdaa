using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Diagnostics;

/// <summary>Builds the Prometheus text format, version 0.0.4: one HELP and TYPE per family, escaped text, no timestamps. Not thread-safe.</summary>
public sealed class PrometheusText
{
    /// <summary>Type of what goes up and down.</summary>
    public const string Gauge = "gauge";

    /// <summary>Type of what only goes up; the name ends in <c>_total</c>.</summary>
    public const string Counter = "counter";

    /// <summary>Type of distributions.</summary>
    public const string Histogram = "histogram";

    private readonly StringBuilder _text = new();
    private string? _pending;

    /// <summary>Begins a family; its samples follow. A family without samples leaves nothing behind.</summary>
    /// <param name="name">Name of the family.</param>
    /// <param name="type"><see cref="Gauge"/>, <see cref="Counter"/> or <see cref="Histogram"/>.</param>
    /// <param name="help">What is measured; null or empty for no such line.</param>
    public void Family(string name, string type, string? help)
    {
        var pending = new StringBuilder();
        if (!string.IsNullOrEmpty(help)) Escape(pending.Append("# HELP ").Append(name).Append(' '), help, isLabel: false).Append('\n');
        _pending = pending.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n').ToString();
    }

    /// <summary>Adds a sample.</summary>
    /// <param name="name">The family's name.</param>
    /// <param name="labels">Labels as <see cref="Labels"/> makes them; may be empty.</param>
    /// <param name="value">The value.</param>
    public void Sample(string name, string labels, double value)
    {
        _text.Append(_pending).Append(name);
        _pending = null;
        if (!string.IsNullOrEmpty(labels)) _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <summary>Adds a distribution.</summary>
    /// <param name="name">The family's name.</param>
    /// <param name="labels">Labels as <see cref="Labels"/> makes them; may be empty.</param>
    /// <param name="bounds">Upper bounds of the buckets, ascending.</param>
    /// <param name="counts">How many values were in each bucket, and at last how many were above the highest bound: one more than bounds.</param>
    /// <param name="sum">Sum of all values.</param>
    /// <exception cref="ArgumentException">There are not as many counts.</exception>
    public void Distribution(string name, string labels, ReadOnlySpan<double> bounds, ReadOnlySpan<long> counts, double sum)
    {
        if (counts.Length != bounds.Length + 1) throw new ArgumentException($"{counts.Length} counts for {bounds.Length} bounds, expected one more.", nameof(counts));
        long count = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            count += counts[i];
            Sample(name + "_bucket", Labels(labels, ("le", Number(i < bounds.Length ? bounds[i] : double.PositiveInfinity))), count);
        }

        Sample(name + "_sum", labels, sum);
        Sample(name + "_count", labels, count);
    }

    /// <summary>The document, ending in a newline.</summary>
    public override string ToString() => _text.ToString();

    /// <summary>Labels behind others, escaped; those without a value are left out.</summary>
    /// <param name="before">Other labels, made by this; may be empty.</param>
    /// <param name="labels">Names and values.</param>
    public static string Labels(string before, params ReadOnlySpan<(string Name, string? Value)> labels)
    {
        var text = new StringBuilder(before);
        foreach (var (name, value) in labels)
        {
            if (value is null) continue;
            if (text.Length > 0) text.Append(',');
            Escape(text.Append(name).Append("=\""), value, isLabel: true).Append('"');
        }

        return text.ToString();
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static StringBuilder Escape(StringBuilder text, string value, bool isLabel)
    {
        foreach (char c in value)
        {
            if (c == '\\') text.Append("\\\\");
            else if (c == '\n') text.Append("\\n");
            else if (c == '"' && isLabel) text.Append("\\\"");
            else text.Append(char.IsControl(c) ? '\uFFFD' : c);
        }

        return text;
    }
}
