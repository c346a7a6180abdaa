using System.Diagnostics.Metrics;
using System.Text;
using System.Text.RegularExpressions;
using Cvmfs.Net.Diagnostics;

namespace Cvmfs.Net.Tests.Diagnostics;

public sealed partial class PrometheusExpositionTests : IDisposable
{
    private readonly Meter _meter = new($"Test.{Guid.NewGuid():N}");
    private readonly PrometheusExposition _exposition;

    public PrometheusExpositionTests() => _exposition = new PrometheusExposition([_meter.Name], maxSeries: 3);

    [Fact]
    public void Counters_add_up_per_series_and_end_in_total()
    {
        var bytes = _meter.CreateCounter<long>("cvmfs.replica.fetched", "By", "Stored bytes.");
        bytes.Add(5, Tag("object.kind", "file"));
        bytes.Add(7, Tag("object.kind", "file"));
        bytes.Add(1, Tag("object.kind", "catalog"));
        Assert.Equal(
            """
            # HELP cvmfs_replica_fetched_bytes_total Stored bytes.
            # TYPE cvmfs_replica_fetched_bytes_total counter
            cvmfs_replica_fetched_bytes_total{object_kind="catalog"} 1
            cvmfs_replica_fetched_bytes_total{object_kind="file"} 12

            """,
            Collect());
    }

    [Theory]
    [InlineData("cvmfs.lag", "s", "cvmfs_lag_seconds")]
    [InlineData("cvmfs.lag.seconds", "s", "cvmfs_lag_seconds")]
    [InlineData("cvmfs.hit", "1", "cvmfs_hit_ratio")]
    [InlineData("cvmfs.queue-depth", "{object}", "cvmfs_queue_depth")]
    [InlineData("cvmfs.speed", "By/s", "cvmfs_speed_bytes_per_second")]
    [InlineData("cvmfs.rate", "{object}/s", "cvmfs_rate_per_second")]
    [InlineData("cvmfs.up", null, "cvmfs_up")]
    [InlineData("dotnet.assembly.count", "{assembly}", "dotnet_assembly_number")] // "_count" is a histogram's own: checkers of expositions refuse it
    [InlineData("cvmfs.discount", null, "cvmfs_discount")]
    public void Gauges_are_named_by_their_unit(string name, string? unit, string expected)
    {
        _meter.CreateGauge<double>(name, unit).Record(1.5);
        Assert.Equal($"# TYPE {expected} gauge\n{expected} 1.5\n", Collect());
    }

    [Fact]
    public void An_observable_histogram_is_asked_for_its_counts()
    {
        long[] buckets = [2, 1, 4];
        _ = new ObservableHistogram(_meter, "cvmfs.took", "s", "Durations.", [1, 10], () => [new HistogramCounts(buckets, 99.5, Tag("endpoint", "geo"))]);
        Collect();
        buckets[0]++;
        Assert.Equal(
            """
            # HELP cvmfs_took_seconds Durations.
            # TYPE cvmfs_took_seconds histogram
            cvmfs_took_seconds_bucket{endpoint="geo",le="1"} 3
            cvmfs_took_seconds_bucket{endpoint="geo",le="10"} 4
            cvmfs_took_seconds_bucket{endpoint="geo",le="+Inf"} 8
            cvmfs_took_seconds_sum{endpoint="geo"} 99.5
            cvmfs_took_seconds_count{endpoint="geo"} 8

            """,
            Collect());
        _meter.Dispose();
        Assert.DoesNotContain("cvmfs_took", Collect(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_histogram_has_cumulative_buckets_a_sum_and_a_count()
    {
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 10] };
        var duration = _meter.CreateHistogram<double>("run.duration", "s", null, null, advice);
        foreach (double value in (double[])[0.5, 1, 5, 100]) duration.Record(value);
        Assert.Equal(
            """
            # TYPE run_duration_seconds histogram
            run_duration_seconds_bucket{le="1"} 2
            run_duration_seconds_bucket{le="10"} 3
            run_duration_seconds_bucket{le="+Inf"} 4
            run_duration_seconds_sum 106.5
            run_duration_seconds_count 4

            """,
            Collect());
    }

    [Fact]
    public void Text_is_escaped_where_it_could_break_a_line_or_leave_its_quotes()
    {
        _meter.CreateCounter<int>("c", null, "line\nbreak \\ \"quotes\"").Add(1, Tag("k", "a\"b\\c\nd}"));
        Assert.Equal("# HELP c_total line\\nbreak \\\\ \"quotes\"\n# TYPE c_total counter\nc_total{k=\"a\\\"b\\\\c\\nd}\"} 1\n", Collect());
    }

    [Fact]
    public void The_same_tags_in_another_order_are_the_same_series()
    {
        var counter = _meter.CreateCounter<int>("c");
        counter.Add(1, Tag("a", 1), Tag("b", true));
        counter.Add(1, Tag("b", true), Tag("a", 1));
        Assert.Contains("c_total{a=\"1\",b=\"True\"} 2\n", Collect(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_observed_any_more_is_gone()
    {
        var replicas = new List<string> { "a", "b" };
        _meter.CreateObservableGauge("up", () => replicas.Select(replica => new Measurement<int>(1, Tag("repository", replica))));
        Assert.Contains("\"b\"", Collect(), StringComparison.Ordinal);
        replicas.Remove("b");
        Assert.Equal("# TYPE up gauge\nup{repository=\"a\"} 1\n", Collect());
    }

    [Fact]
    public void Series_without_bounds_share_one()
    {
        var counter = _meter.CreateCounter<int>("c");
        for (int i = 0; i < 100; i++) counter.Add(1, Tag("object", i));
        string text = Collect();
        Assert.Contains("c_total{overflow=\"true\"} 97\n", text, StringComparison.Ordinal);
        Assert.Equal(4, text.Split('\n').Count(line => line.StartsWith("c_total", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_histogram_whose_owner_fails_does_not_silence_the_others()
    {
        bool isBroken = false;
        _ = new ObservableHistogram(_meter, "cvmfs.took", "s", null, [1], () => isBroken ? throw new InvalidOperationException("no") : [new HistogramCounts([1, 0], 0.5)]);
        _meter.CreateGauge<int>("fine").Record(7);
        string well = Collect();
        Assert.Contains("cvmfs_took_seconds_count 1\n", well, StringComparison.Ordinal);
        isBroken = true;
        string text = Encoding.UTF8.GetString(_exposition.Collect());
        Assert.Contains("fine 7\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("cvmfs_took", text, StringComparison.Ordinal);
        Assert.Matches("cvmfs_exposition_failures_total [1-9]", text);
        isBroken = false;
        Assert.Equal(well, Collect());
    }

    [Fact]
    public void One_that_fails_does_not_silence_the_others()
    {
        _meter.CreateObservableGauge("broken", int () => throw new InvalidOperationException("no"));
        _meter.CreateObservableGauge("well", () => 1);
        string text = Encoding.UTF8.GetString(_exposition.Collect());
        Assert.Contains("well 1\n", text, StringComparison.Ordinal);
        Assert.Contains("cvmfs_exposition_failures_total 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Up_and_down_counters_and_odd_numbers_are_gauges()
    {
        var running = _meter.CreateUpDownCounter<int>("running");
        running.Add(3);
        running.Add(-1);
        _meter.CreateGauge<double>("odd").Record(double.PositiveInfinity);
        _meter.CreateGauge<double>("odder").Record(double.NaN);
        Assert.Equal("# TYPE odd gauge\nodd +Inf\n# TYPE odder gauge\nodder NaN\n# TYPE running gauge\nrunning 2\n", Collect());
    }

    [Fact]
    public void Only_the_meters_that_were_asked_for_are_heard()
    {
        using var other = new Meter(_meter.Name + ".Other");
        other.CreateCounter<int>("other").Add(1);
        Assert.Equal("", Collect());
        using var wider = new PrometheusExposition([_meter.Name + "*"]);
        other.CreateCounter<int>("another").Add(1);
        Assert.Contains("another_total 1\n", Encoding.UTF8.GetString(wider.Collect()), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_line_of_what_this_process_measures_follows_the_format()
    {
        using var all = new PrometheusExposition(["Cvmfs.Net*", "System.Runtime"]);
        string[] lines = Encoding.UTF8.GetString(all.Collect()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.StartsWith("dotnet_", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Matches(Line(), line));
        string[] types = [.. lines.Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal))];
        Assert.Equal(types.Length, types.Distinct(StringComparer.Ordinal).Count());
    }

    public void Dispose()
    {
        _exposition.Dispose();
        _meter.Dispose();
    }

    private static KeyValuePair<string, object?> Tag(string key, object value) => KeyValuePair.Create(key, (object?)value);

    /// <summary>All families but the exposition's own.</summary>
    private string Collect() => OwnFamily().Replace(Encoding.UTF8.GetString(_exposition.Collect()), "");

    [GeneratedRegex(@"^# (HELP|TYPE) cvmfs_exposition.*\n|^cvmfs_exposition.*\n", RegexOptions.Multiline)]
    private static partial Regex OwnFamily();

    [GeneratedRegex(@"^(# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+|[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*=""([^""\\]|\\.)*"",?)*\})? ([+-]Inf|NaN|[-+0-9.eE]+))$")]
    private static partial Regex Line();
}
