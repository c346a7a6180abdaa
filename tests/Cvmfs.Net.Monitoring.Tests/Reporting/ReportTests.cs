using System.Text.Json;
using System.Text.RegularExpressions;
using Cvmfs.Net.Monitoring.Checks;
using Cvmfs.Net.Monitoring.Reporting;
using Cvmfs.Net.Monitoring.Tests.Checks;
using Cvmfs.Net.Monitoring.Tracking;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Monitoring.Tests.Reporting;

public sealed partial class ReportTests
{
    private static readonly ServerReport[] Fleet =
    [
        CheckTests.Server("s1", CheckTests.Repository(7, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))),
        CheckTests.Server("dead \"one\"\\\n") with { Outcome = ServerOutcome.Unreachable, Error = ErrorClass.Dns, Detail = "no such host" },
    ];

    private static readonly FleetView View = FleetView.Of(Fleet, Fleet[0].ScrapedAt);

    [Fact, Conforms("monitoring", 54), Conforms("monitoring", 55), Conforms("monitoring", 59)]
    public void Metrics_are_the_text_format_by_the_book()
    {
        string[] lines = MetricsReport.Write(View).Split('\n');
        Assert.Contains("cvmfs_probe_vantage_online 1", lines); // without it no alert of a server fires
        Assert.Equal("", lines[^1]);
        var families = new HashSet<string>();
        string family = "";
        foreach (string line in lines[..^1])
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
                Assert.True(families.Add(family), $"{family} twice");
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.Equal($"# TYPE {family} gauge", line);
            }
            else if (line != "cvmfs_probe_vantage_online 1") // about nobody but this prober
            {
                Assert.Matches(Sample(), line);
                Assert.StartsWith(family + "{", line, StringComparison.Ordinal);
            }
        }

        Assert.All(families, name => Assert.Matches("^cvmfs_probe_[a-z_]+$", name));
    }

    [Fact, Conforms("monitoring", 57)]
    public void A_failed_server_is_there_with_up_zero_and_its_last_run()
    {
        string text = MetricsReport.Write(View);
        Assert.Contains("cvmfs_probe_up{server=\"dead \\\"one\\\"\\\\\\n\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("cvmfs_probe_last_run_timestamp_seconds{server=\"dead \\\"one\\\"\\\\\\n\"} 1768003200\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_nobody_measured_has_no_metric()
    {
        string text = MetricsReport.Write(View);
        Assert.Contains("cvmfs_probe_repository_revision{server=\"s1\",repository=\"soft.example.org\"} 7\n", text, StringComparison.Ordinal);
        Assert.Contains("cvmfs_probe_repository_last_snapshot_timestamp_seconds{server=\"s1\",repository=\"soft.example.org\"} 1767225600\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("last_gc_timestamp_seconds{", text, StringComparison.Ordinal);
    }

    [Fact, Conforms("monitoring", 4)]
    public void Revisions_beyond_31_bits_are_written_whole()
    {
        ServerReport[] fleet = [CheckTests.Server("s1", CheckTests.Repository(4_294_967_297, null))];
        Assert.Contains("repository_revision{server=\"s1\",repository=\"soft.example.org\"} 4294967297\n", MetricsReport.Write(FleetView.Of(fleet, fleet[0].ScrapedAt)), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(JsonReport.Write(FleetView.Of(fleet, fleet[0].ScrapedAt)));
        Assert.Equal(4_294_967_297, json.RootElement.GetProperty("servers")[0].GetProperty("repositories")[0].GetProperty("revision").GetInt64());
    }

    [Fact, Conforms("monitoring", 33)]
    public void Json_of_the_same_reports_is_the_same_and_names_errors()
    {
        var checks = new StalenessCheck().Judge(View).ToList();
        string text = JsonReport.Write(View, checks);
        Assert.Equal(text, JsonReport.Write(View, checks));
        using var json = JsonDocument.Parse(text);
        var dead = json.RootElement.GetProperty("servers")[1];
        Assert.Equal(("unreachable", "dns", "no such host"), (dead.GetProperty("outcome").GetString(), dead.GetProperty("error_class").GetString(), dead.GetProperty("error").GetString()));
        Assert.Equal("failed", json.RootElement.GetProperty("checks")[0].GetProperty("status").GetString());
    }

    [GeneratedRegex("""^[a-z_]+\{([a-z_]+="(?:[^"\\]|\\["\\n])*")(,[a-z_]+="(?:[^"\\]|\\["\\n])*")*\} -?[0-9.E+]+$""")]
    private static partial Regex Sample();
}
