using System.Diagnostics.Metrics;
using System.Text;

namespace Cvmfs.Net.Diagnostics;

/// <summary>Listens to the instruments of a process and says what they measured in the Prometheus text format, version 0.0.4. Thread-safe.</summary>
/// <remarks>
/// <para>Names follow the usual translation: <c>cvmfs.replica.fetched</c> in <c>By</c>, a counter, becomes <c>cvmfs_replica_fetched_bytes_total</c>.
/// Histograms have the buckets that their instrument advises, or some that suit the unit. Counters and histograms count from the making
/// of this on.</para>
/// <para>An instrument with more series than allowed puts the rest into one with the label <c>overflow="true"</c>.</para>
/// </remarks>
public sealed class PrometheusExposition : IDisposable
{
    /// <summary>Media type of the text.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string FailuresName = "cvmfs_exposition_failures_total";

    private static readonly double[] SecondsBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly double[] BytesBounds = [1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26];
    private static readonly double[] OtherBounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

    private readonly Lock _gate = new();
    private readonly Lock _collecting = new();
    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly Dictionary<ObservableHistogram, MetricFamily> _histograms = [];
    private readonly MeterListener _listener = new();
    private readonly int _maxSeries;
    private long _failures;

    /// <summary>Begins to listen.</summary>
    /// <param name="meters">Which meters: names, or beginnings of names followed by <c>*</c>.</param>
    /// <param name="maxSeries">Most series of one instrument; at least 1. Default 2000.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than one series.</exception>
    public PrometheusExposition(IEnumerable<string> meters, int maxSeries = 2000)
        : this(AnyOf(meters), maxSeries)
    {
    }

    /// <summary>Begins to listen.</summary>
    /// <param name="wanted">Which meters; called by whoever makes an instrument.</param>
    /// <param name="maxSeries">Most series of one instrument; at least 1. Default 2000.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than one series.</exception>
    public PrometheusExposition(Func<Meter, bool> wanted, int maxSeries = 2000)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSeries, 1);
        _maxSeries = maxSeries;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!wanted(instrument.Meter) || FamilyOf(instrument) is not { } family) return;
            if (instrument is ObservableHistogram histogram) Add(histogram, family);
            listener.EnableMeasurementEvents(instrument, family);
        };
        _listener.SetMeasurementEventCallback<byte>(static (instrument, value, tags, family) => Take(instrument, value, tags, family));
        _listener.SetMeasurementEventCallback<short>(static (instrument, value, tags, family) => Take(instrument, value, tags, family));
        _listener.SetMeasurementEventCallback<int>(static (instrument, value, tags, family) => Take(instrument, value, tags, family));
        _listener.SetMeasurementEventCallback<long>(static (instrument, value, tags, family) => Take(instrument, value, tags, family));
        _listener.SetMeasurementEventCallback<float>(static (instrument, value, tags, family) => Take(instrument, value, tags, family));
        _listener.SetMeasurementEventCallback<double>(static (instrument, value, tags, family) => Take(instrument, value, tags, family));
        _listener.SetMeasurementEventCallback<decimal>(static (instrument, value, tags, family) => Take(instrument, (double)value, tags, family));
        _listener.MeasurementsCompleted = (instrument, _) => Forget(instrument);
        _listener.Start();
    }

    /// <summary>Asks the instruments that have to be asked, and writes everything.</summary>
    /// <returns>The document as UTF-8.</returns>
    public byte[] Collect()
    {
        lock (_collecting)
        {
            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException e)
            {
                _failures += e.InnerExceptions.Count; // the other instruments were asked all the same
            }

            var text = new PrometheusText();
            MetricFamily[] families;
            KeyValuePair<ObservableHistogram, MetricFamily>[] histograms;
            lock (_gate) (families, histograms) = ([.. _families.Values], [.. _histograms]);
            foreach (var (histogram, family) in histograms) Ask(histogram, family);

            foreach (var family in families) family.WriteTo(text);
            text.Family(FailuresName, PrometheusText.Counter, "Instruments that failed to answer.");
            text.Sample(FailuresName, "", _failures);
            return Encoding.UTF8.GetBytes(text.ToString());
        }
    }

    /// <summary>Ends the listening.</summary>
    public void Dispose() => _listener.Dispose();

    /// <summary>An owner that fails hides what it counts, and nothing else.</summary>
    private void Ask(ObservableHistogram histogram, MetricFamily family)
    {
        try
        {
            foreach (var counts in histogram.Counts()) family.Set(counts);
        }
        catch (Exception) // whatever an owner throws: it is counted, as the platform does for other instruments
        {
            _failures++;
        }
    }

    private static bool Matches(string pattern, string name)
        => pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern;

    private static void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var family = (MetricFamily)state!;
        if (instrument is ObservableHistogram) return; // it is asked for all of its counts
        if (family.Type == PrometheusText.Histogram) family.Record(value, tags);
        else if (instrument.IsObservable || IsGauge(instrument)) family.Set(value, tags);
        else family.Add(value, tags);
    }

    private static Func<Meter, bool> AnyOf(IEnumerable<string> meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        string[] patterns = [.. meters];
        return meter => patterns.Any(pattern => Matches(pattern, meter.Name));
    }

    private void Forget(Instrument instrument)
    {
        if (instrument is not ObservableHistogram histogram) return;
        lock (_gate) _histograms.Remove(histogram);
    }

    private void Add(ObservableHistogram histogram, MetricFamily family)
    {
        lock (_gate) _histograms[histogram] = family;
    }

    /// <returns>Null where the name is taken by an instrument of another kind.</returns>
    private MetricFamily? FamilyOf(Instrument instrument)
    {
        string type = TypeOf(instrument);
        string name = PrometheusName.OfFamily(instrument.Name, instrument.Unit, type == PrometheusText.Counter, type == PrometheusText.Gauge);
        lock (_gate)
        {
            if (_families.TryGetValue(name, out var known)) return known.Type == type ? known : null;
            var family = new MetricFamily(
                name, type, instrument.Description, instrument.IsObservable, type == PrometheusText.Histogram ? BoundsOf(instrument) : null, _maxSeries);
            _families.Add(name, family);
            return family;
        }
    }

    private static string TypeOf(Instrument instrument)
    {
        if (instrument is ObservableHistogram || Is(instrument, typeof(Histogram<>))) return PrometheusText.Histogram;
        return Is(instrument, typeof(Counter<>)) || Is(instrument, typeof(ObservableCounter<>)) ? PrometheusText.Counter : PrometheusText.Gauge;
    }

    private static bool IsGauge(Instrument instrument) => Is(instrument, typeof(Gauge<>));

    private static bool Is(Instrument instrument, Type definition)
    {
        var type = instrument.GetType();
        return type.IsGenericType && type.GetGenericTypeDefinition() == definition;
    }

    private static double[] BoundsOf(Instrument instrument)
    {
        double[]? advised = instrument switch
        {
            ObservableHistogram histogram => [.. histogram.Bounds],
            Histogram<double> histogram => histogram.Advice?.HistogramBucketBoundaries?.ToArray(),
            Histogram<long> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound).ToArray(),
            Histogram<int> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound).ToArray(),
            _ => null,
        };
        return advised ?? instrument.Unit switch { "s" => SecondsBounds, "By" => BytesBounds, _ => OtherBounds };
    }
}
