using System.Globalization;
using System.Text;
using Cvmfs.Net.Monitoring.Fleet;

namespace Cvmfs.Net.Monitoring.Tests.Fleet.Alerting;

/// <summary>What an alert is shown: once such that it must fire, once such that it must not.</summary>
/// <param name="Alert">Its name.</param>
/// <param name="Severity">Which of its levels.</param>
/// <param name="Minutes">When to look.</param>
/// <param name="Fires">Series such as <c>cvmfs_probe_up{s1-a,*} 0</c>: a server, a repository by its first label, both observers; a value, or values as promtool has them.</param>
/// <param name="Quiet">The same, close to it, and not worth an alert.</param>
internal sealed record AlertCase(string Alert, string Severity, int Minutes, string[] Fires, string[] Quiet)
{
    private static readonly string[] s_observers = ["eu", "us"];

    public bool IsObserved => Fires.Any(series => series.Contains('*', StringComparison.Ordinal));

    /// <summary>Series as promtool reads them; <c>*</c> becomes the observers, of whom both see something.</summary>
    public static IEnumerable<(string Series, string Values)> Expand(IEnumerable<string> shorthand, FleetDescription fleet, params string[] observers)
    {
        var all = shorthand.ToList();
        if (!all.Exists(one => one.StartsWith("cvmfs_probe_vantage_online", StringComparison.Ordinal))) all.Add("cvmfs_probe_vantage_online{*} 1");
        foreach (string one in all)
        {
            int open = one.IndexOf('{', StringComparison.Ordinal), close = one.IndexOf('}', StringComparison.Ordinal);
            string[] labels = one[(open + 1)..close].Split(',', StringSplitOptions.RemoveEmptyEntries);
            foreach (string observer in labels.Contains("*") ? (observers.Length > 0 ? observers : s_observers) : [""])
            {
                yield return ($"{one[..open]}{{{string.Join(',', labels.Select(label => Label(label == "*" ? observer : label, fleet)))}}}", Values(one[(close + 1)..].Trim()));
            }
        }
    }

    /// <summary>Facts of a fleet as series.</summary>
    public static IEnumerable<(string Series, string Values)> Facts(string text)
        => text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => (line[..line.LastIndexOf(' ')], Values(line[(line.LastIndexOf(' ') + 1)..])));

    private static string Values(string text) => text.Contains('x', StringComparison.Ordinal) ? text : $"{text}+0x2000";

    private static string Label(string text, FleetDescription fleet)
    {
        if (text.Split('=', 2) is [var name, var value]) return $"{name}=\"{value}\"";
        if (s_observers.Contains(text)) return $"vantage=\"{text}\"";
        if (fleet.Servers.TryGetValue(text, out var server)) return $"server=\"{text}\",environment=\"{server.Environment}\"";
        if (fleet.Proxies.TryGetValue(text, out var proxy)) return $"server=\"{text}\",environment=\"{proxy.Environment}\"";
        return $"repository=\"{fleet.Repositories.Keys.Single(known => known.StartsWith(text + ".", StringComparison.Ordinal))}\"";
    }

    /// <summary>A test of promtool: whether the alert fires with all labels that routes need.</summary>
    public void WriteTo(StringBuilder text, string name, IEnumerable<(string Series, string Values)> series, bool fires)
    {
        text.Append(CultureInfo.InvariantCulture, $"  - name: {name}\n    interval: 1m\n    input_series:\n");
        foreach (var (one, values) in series) text.Append(CultureInfo.InvariantCulture, $"      - series: '{one}'\n        values: '{values}'\n");
        string labels = fires ? ",environment!=\"\",tier!=\"\",owner!=\"\"" : "";
        text.Append(CultureInfo.InvariantCulture, $"    promql_expr_test:\n      - expr: 'count(ALERTS{{alertname=\"{Alert}\",severity=\"{Severity}\",alertstate=\"firing\"{labels}}}) > bool 0'\n        eval_time: {Minutes}m\n");
        text.Append(fires ? "        exp_samples: [{labels: '{}', value: 1}]\n" : "        exp_samples: []\n");
    }

    /// <summary>Time between evaluations: longer cases need fewer of them, but what one group records another must still find, for five minutes.</summary>
    public string EvaluationInterval => Minutes >= 60 ? "4m" : "1m";
}
