using System.Text;

namespace Cvmfs.Net.Diagnostics;

/// <summary>Names of instruments and tags as Prometheus wants them: the translation that OpenTelemetry prescribes.</summary>
internal static class PrometheusName
{
    /// <summary>Name of a family: dots become underscores, the unit a suffix in the plural, and counters end in <c>_total</c>. The
    /// platform's gauges that end in <c>count</c> end in <c>_number</c>.</summary>
    public static string OfFamily(string name, string? unit, bool isCounter, bool isGauge)
    {
        string translated = Translate(name);
        if (SuffixOf(unit, isGauge) is { } suffix && !EndsWith(translated, suffix)) translated += "_" + suffix;
        if (isCounter) return EndsWith(translated, "total") ? translated : translated + "_total";
        return isGauge && EndsWith(translated, "count") ? translated[..^"count".Length] + "number" : translated; // "_count" is a histogram's own
    }

    /// <summary>Name of a label.</summary>
    public static string OfLabel(string tag)
    {
        string translated = Translate(tag);
        return translated.StartsWith("__", StringComparison.Ordinal) ? "tag" + translated : translated; // two underscores are Prometheus' own
    }

    private static string Translate(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (char c in name) text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        if (text.Length == 0 || char.IsAsciiDigit(text[0])) text.Insert(0, '_');
        return text.ToString();
    }

    private static bool EndsWith(string name, string suffix) => name.EndsWith("_" + suffix, StringComparison.Ordinal);

    private static string? SuffixOf(string? unit, bool isGauge)
    {
        if (string.IsNullOrEmpty(unit)) return null;
        if (unit == "1") return isGauge ? "ratio" : null;
        int slash = unit.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0) return unit[0] == '{' ? null : Plural(unit); // {object}: what is counted is in the name
        string per = "per_" + Plural(unit[(slash + 1)..]).TrimEnd('s');
        return SuffixOf(unit[..slash], isGauge: false) is { } counted ? $"{counted}_{per}" : per;
    }

    private static string Plural(string unit) => unit switch
    {
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        "%" => "percent",
        "Cel" => "celsius",
        _ => Translate(unit),
    };
}
