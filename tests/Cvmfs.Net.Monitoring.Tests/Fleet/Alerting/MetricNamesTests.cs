using System.Text.RegularExpressions;
using Cvmfs.Net.Monitoring.Fleet.Alerting;
using Cvmfs.Net.Monitoring.Fleet.Dashboards;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Fleet.Alerting;

public sealed partial class MetricNamesTests
{
    /// <summary>Names that clients' own exporters have.</summary>
    private static readonly string[] s_others = ["cvmfs_cache_", "cvmfs_net_", "cvmfs_repo_", "cvmfs_sys_"];

    /// <summary>A unit or type that the text format puts behind the name of an instrument.</summary>
    private static readonly string[] s_endings = ["", "_bucket", "_total", "_seconds", "_bytes", "_bytes_total", "_seconds_bucket", "_seconds_total"];

    [Fact]
    public void Rules_and_dashboards_name_metrics_that_exporters_give()
    {
        var expressions = AlertGroup.All.SelectMany(group => group.Rules).SelectMany(rule => rule.Levels.Select(level => rule.Complete(level, "critical")))
            .Concat(RecordingRules.All.Select(record => record.Expression))
            .Concat(Dashboard.All.SelectMany(board => board.Rows).SelectMany(row => row.Panels).SelectMany(panel => panel.Queries).Select(query => query.Expression));
        string[] named = [.. expressions.SelectMany(expression => Metric().Matches(expression).Select(match => match.Value)).Distinct().Where(name => !s_others.Any(name.StartsWith)).Order(StringComparer.Ordinal)];
        Assert.True(named.Length > 60, $"{named.Length} names");
        var given = Given();
        Assert.All(named, name => Assert.True(s_endings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal) && given.Contains(name[..(name.Length - ending.Length)])), name));
    }

    [Fact]
    public void Rules_read_only_what_some_rule_records()
    {
        var recorded = RecordingRules.All.Select(record => record.Record).ToHashSet(StringComparer.Ordinal);
        var read = AlertGroup.All.SelectMany(group => group.Rules).SelectMany(rule => rule.Levels.Select(level => rule.Complete(level, "critical"))).SelectMany(expression => Recorded().Matches(expression).Select(match => match.Value));
        Assert.Empty(read.Distinct().Except(recorded));
    }

    /// <summary>Names of the sources: whole ones, and those that a file puts behind a prefix.</summary>
    private static HashSet<string> Given()
    {
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (string folder in (string[])["src", "samples"])
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(TestData.SolutionFolder, folder), "*.cs", SearchOption.AllDirectories))
            {
                string path = file.Replace('\\', '/');
                if (path.Contains("/Fleet/Alerting/", StringComparison.Ordinal) || path.Contains("/Fleet/Dashboards/", StringComparison.Ordinal) || path.Contains("/obj/", StringComparison.Ordinal)) continue;
                string text = File.ReadAllText(file);
                string[] prefixes = ["", .. Prefix().Matches(text).Select(match => match.Groups[1].Value.Replace('.', '_')).Distinct()];
                if (path.Contains("/Cvmfs.Net.Proxy/", StringComparison.Ordinal)) prefixes = [.. prefixes, "cvmfs_cacheproxy_"];
                foreach (string literal in Literal().Matches(text).Select(match => match.Groups[1].Value.Replace('.', '_')))
                {
                    foreach (string prefix in prefixes) given.Add(prefix + literal);
                }

                given.UnionWith(Metric().Matches(text).Select(match => match.Value));
            }
        }

        return given;
    }

    [GeneratedRegex(@"\bcvmfs_[a-z0-9_]+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\bcvmfs:[a-z0-9_:]+")]
    private static partial Regex Recorded();

    [GeneratedRegex("\"(cvmfs[._][a-z._]*[._])\"")]
    private static partial Regex Prefix();

    [GeneratedRegex("\"([a-z][a-z0-9_.]*)\"")]
    private static partial Regex Literal();
}
