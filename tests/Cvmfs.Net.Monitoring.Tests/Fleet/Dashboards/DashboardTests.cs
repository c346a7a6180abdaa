using System.Text;
using System.Text.Json;
using Cvmfs.Net.Monitoring.Fleet.Dashboards;
using Cvmfs.Net.Monitoring.Fleet.Rendering;
using Cvmfs.Net.Monitoring.Tests.Fleet.Alerting;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Fleet.Dashboards;

public sealed class DashboardTests
{
    public static TheoryData<string> Uids => [.. Dashboard.All.Select(board => board.Uid)];

    [Theory, Conforms("monitoring", 80)]
    [MemberData(nameof(Uids))]
    public void A_dashboard_has_the_form_that_grafana_reads(string uid)
    {
        using var json = JsonDocument.Parse(Render()[$"grafana/{uid}.json"]);
        var root = json.RootElement;
        Assert.Equal(uid, root.GetProperty("uid").GetString());
        Assert.True(root.GetProperty("schemaVersion").GetInt32() >= 36);
        var variables = root.GetProperty("templating").GetProperty("list").EnumerateArray().ToList();
        Assert.Equal("prometheus", variables.Single(variable => variable.GetProperty("type").GetString() == "datasource").GetProperty("query").GetString());
        string[] names = [.. variables.Select(variable => variable.GetProperty("name").GetString()!)];
        Assert.Equal(names.Distinct(), names);

        var panels = root.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(1, panels.Count), panels.Select(panel => panel.GetProperty("id").GetInt32()));
        var taken = new HashSet<(int, int)>();
        foreach (var panel in panels)
        {
            var at = panel.GetProperty("gridPos");
            (int x, int y, int width, int height) = (at.GetProperty("x").GetInt32(), at.GetProperty("y").GetInt32(), at.GetProperty("w").GetInt32(), at.GetProperty("h").GetInt32());
            Assert.InRange(x + width, 1, 24);
            for (int i = 0; i < width * height; i++) Assert.True(taken.Add((x + (i % width), y + (i / width))), $"{panel.GetProperty("title")} lies over another panel");
            if (panel.GetProperty("type").GetString() == "row") continue;
            Assert.NotEmpty(panel.GetProperty("description").GetString()!);
            Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString());
            var targets = panel.GetProperty("targets").EnumerateArray().ToList();
            Assert.NotEmpty(targets);
            Assert.Equal(targets.Count, targets.Select(target => target.GetProperty("refId").GetString()).Distinct().Count());
            foreach (var target in targets)
            {
                foreach (string used in System.Text.RegularExpressions.Regex.Matches(target.GetProperty("expr").GetString()!, @"\$(\w+)").Select(match => match.Groups[1].Value)) Assert.Contains(used, names.Append("__rate_interval"));
            }
        }
    }

    [Fact]
    public async Task Promtool_can_read_every_query()
    {
        var text = new StringBuilder("groups:\n  - name: queries\n    rules:\n");
        int count = 0;
        foreach (string query in Dashboard.All.SelectMany(board => board.Rows).SelectMany(row => row.Panels).SelectMany(panel => panel.Queries).Select(query => query.Expression))
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"      - record: query:{++count}\n        expr: {PrometheusFormat.Quote(query.Replace("$__rate_interval", "5m", StringComparison.Ordinal))}\n");
        }

        using var temp = new TempFolder();
        await File.WriteAllTextAsync(Path.Combine(temp.Path, "queries.yml"), text.ToString(), TestContext.Current.CancellationToken);
        Assert.Contains($"{count} rules found", await Tool.RunAsync("promtool", temp.Path, "check", "rules", "queries.yml"), StringComparison.Ordinal);
    }

    [Fact]
    public void Dashboards_that_alerts_lead_to_are_there()
        => Assert.Empty(new[] { "cvmfs-overview", "cvmfs-server", "cvmfs-repository" }.Except(Dashboard.All.Select(board => board.Uid)));

    private static Dictionary<string, string> Render() => FleetRenderer.Render(FleetFixture.Fleet(), "grafana", FleetFixture.Now).ToDictionary(file => file.Path, file => Encoding.UTF8.GetString(file.Content.Span));
}
