using System.Globalization;
using System.Text;

namespace Cvmfs.Net.Monitoring.Reporting;

/// <summary>Builds the Prometheus text format: one HELP and TYPE per family, escaped labels, no timestamps. Not thread-safe.</summary>
internal sealed class PrometheusText
{
    private readonly StringBuilder _text = new();

    /// <summary>Begins a family of gauges; its samples follow.</summary>
    public PrometheusText Gauge(string name, string help)
    {
        _text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(" gauge\n");
        return this;
    }

    /// <summary>Adds a sample.</summary>
    public void Sample(string name, double value, params ReadOnlySpan<(string Label, string Value)> labels)
    {
        _text.Append(name).Append('{');
        for (int i = 0; i < labels.Length; i++)
        {
            if (i > 0) _text.Append(',');
            _text.Append(labels[i].Label).Append("=\"");
            Escape(labels[i].Value);
            _text.Append('"');
        }

        _text.Append("} ").Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <summary>The document, ending in a newline.</summary>
    public override string ToString() => _text.ToString();

    private void Escape(string value)
    {
        foreach (char c in value)
        {
            switch (c)
            {
                case '\\':
                    _text.Append("\\\\");
                    break;
                case '"':
                    _text.Append("\\\"");
                    break;
                case '\n':
                    _text.Append("\\n");
                    break;
                default:
                    _text.Append(c);
                    break;
            }
        }
    }
}
