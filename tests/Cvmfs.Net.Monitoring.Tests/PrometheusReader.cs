using System.Globalization;
using System.Text.RegularExpressions;

namespace Cvmfs.Net.Monitoring.Tests;

/// <summary>Reads the text format as strictly as its book has it: one HELP and TYPE a family, samples below them, no repetition, a final line end.</summary>
internal static partial class PrometheusReader
{
    public static Dictionary<string, double> Read(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var samples = new Dictionary<string, double>(StringComparer.Ordinal);
        var families = new HashSet<string>(StringComparer.Ordinal);
        string family = "", type = "";
        foreach (string line in text[..^1].Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
                Assert.True(families.Add(family), $"{family} twice");
                Assert.Matches("^(cvmfs_(probe|fleet)_[a-z_]+|probe_(success|duration_seconds))$", family);
                continue;
            }

            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.Equal(family, line.Split(' ')[2]);
                type = line.Split(' ')[3];
                Assert.Equal(type == "counter", family.EndsWith("_total", StringComparison.Ordinal));
                continue;
            }

            var match = Sample().Match(line);
            Assert.True(match.Success, line);
            string name = match.Groups["name"].Value;
            Assert.Contains(name, type == "histogram" ? [family + "_bucket", family + "_sum", family + "_count"] : new[] { family });
            Assert.True(samples.TryAdd(line[..line.LastIndexOf(' ')], double.Parse(match.Groups["value"].Value.Replace("+Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture)), $"{line} twice");
        }

        return samples;
    }

    [GeneratedRegex("""^(?<name>[a-z_]+)(\{[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(,[a-z_]+="(?:[^"\\\n]|\\["\\n])*")*\})? (?<value>-?[0-9.E+-]+|[+-]Inf|NaN)$""", RegexOptions.ExplicitCapture)]
    private static partial Regex Sample();
}
