using System.Text.RegularExpressions;
using Cvmfs.Net.Monitoring.Fleet;

namespace Cvmfs.Net.Monitoring.Tests.Fleet.Alerting;

/// <summary>What Alertmanager does with a file of ours: to whom an alert goes, and which others silence it.</summary>
internal sealed partial class AlertRoutes(string yaml)
{
    private readonly FleetNode _root = FleetYaml.Read("alertmanager.yml", yaml)!;

    public string ReceiverOf(Dictionary<string, string> alert)
    {
        var route = _root.Find("route")!;
        while (route.Find("routes")?.Items?.Find(child => Matches(child.Texts("matchers"), alert)) is { } child)
        {
            if (child.Text("receiver") is null && child.Find("routes")?.Items?.Exists(inner => Matches(inner.Texts("matchers"), alert)) != true) break;
            route = child;
        }

        string receiver = route.Text("receiver") ?? _root.Find("route")!.Text("receiver")!;
        Assert.Contains(_root.Find("receivers")!.Items!, one => one.Text("name") == receiver);
        return receiver;
    }

    public bool IsSilencedBy(Dictionary<string, string> alert, Dictionary<string, string> other)
        => _root.Find("inhibit_rules")!.Items!.Exists(rule => Matches(rule.Texts("source_matchers"), other) && Matches(rule.Texts("target_matchers"), alert)
            && rule.Texts("equal").All(label => alert.GetValueOrDefault(label, "") == other.GetValueOrDefault(label, "")));

    private static bool Matches(string[] matchers, Dictionary<string, string> alert) => matchers.All(matcher =>
    {
        var parts = Matcher().Match(matcher);
        Assert.True(parts.Success, matcher);
        string value = alert.GetValueOrDefault(parts.Groups[1].Value, ""), wanted = parts.Groups[3].Value;
        return parts.Groups[2].Value switch
        {
            "=" => value == wanted,
            "!=" => value != wanted,
            "=~" => Regex.IsMatch(value, $"^(?:{wanted})$"),
            _ => !Regex.IsMatch(value, $"^(?:{wanted})$"),
        };
    });

    [GeneratedRegex("^([a-z_]+)(=~|!~|!=|=)\"(.*)\"$")]
    private static partial Regex Matcher();
}
