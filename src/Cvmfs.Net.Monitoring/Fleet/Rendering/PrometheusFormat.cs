namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>What the files for Prometheus share.</summary>
internal static class PrometheusFormat
{
    /// <summary>Double quotes: YAML and the text format escape the same three.</summary>
    public static string Quote(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings("\\n") + "\"";
}
