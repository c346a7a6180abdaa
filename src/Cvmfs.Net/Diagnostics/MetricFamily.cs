using System.Globalization;

namespace Cvmfs.Net.Diagnostics;

/// <summary>What one instrument said so far, by tags. Thread-safe.</summary>
internal sealed class MetricFamily(string name, string type, string? help, bool isObserved, double[]? bounds, int maxSeries)
{
    private const string OverflowLabels = "overflow=\"true\"";

    private readonly Lock _gate = new();
    private readonly Dictionary<int, Seat> _byTags = [];
    private readonly Dictionary<string, Series> _byLabels = new(StringComparer.Ordinal);

    public string Name => name;

    public string Type => type;

    /// <summary>Takes an increment.</summary>
    public void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_gate) Find(tags).Value += value;
    }

    /// <summary>Takes the value as it is now.</summary>
    public void Set(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_gate)
        {
            var series = Find(tags);
            (series.Value, series.IsFresh) = (value, true);
        }
    }

    /// <summary>Takes one of many values whose distribution is wanted.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_gate)
        {
            var series = Find(tags);
            series.Value += value;
            int bucket = Array.BinarySearch(bounds!, value);
            series.Buckets![bucket < 0 ? ~bucket : bucket]++; // a value on a bound belongs below it
        }
    }

    /// <summary>Takes a whole distribution as it is now.</summary>
    public void Set(HistogramCounts counts)
    {
        lock (_gate)
        {
            var series = Find(counts.Tags);
            for (int i = 0; i <= bounds!.Length; i++) series.Buckets![i] = counts.Buckets[i];
            (series.Value, series.IsFresh) = (counts.Sum, true);
        }
    }

    /// <summary>Writes all series and forgets those that nobody observed since the last time: what they measured is gone.</summary>
    public void WriteTo(PrometheusText text)
    {
        lock (_gate)
        {
            if (isObserved) ForgetStale();
            if (_byLabels.Count == 0) return;
            text.Family(name, type, help);
            foreach (var series in _byLabels.Values.OrderBy(series => series.Labels, StringComparer.Ordinal))
            {
                if (bounds is null) text.Sample(name, series.Labels, series.Value);
                else text.Distribution(name, series.Labels, bounds, series.Buckets, series.Value);
            }
        }
    }

    /// <summary>In the order of the labels' names. Of tags that translate to the same name, the first counts; an empty value is the same as no label.</summary>
    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in tags) labels.TryAdd(PrometheusName.OfLabel(tag.Key), Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "");
        return PrometheusText.Labels("", [.. labels.Where(label => label.Value.Length > 0).Select(label => (label.Key, (string?)label.Value))]);
    }

    private void ForgetStale()
    {
        _byTags.Clear();
        foreach (var series in _byLabels.Values.ToList())
        {
            if (!series.IsFresh) _byLabels.Remove(series.Labels);
            series.IsFresh = false;
        }
    }

    private Series Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hasher = new HashCode();
        foreach (var tag in tags)
        {
            hasher.Add(tag.Key);
            hasher.Add(tag.Value);
        }

        int hash = hasher.ToHashCode();
        _byTags.TryGetValue(hash, out var first);
        for (var seat = first; seat is not null; seat = seat.Next)
        {
            if (AreEqual(seat.Tags, tags)) return seat.Series;
        }

        string labels = LabelsOf(tags); // the same tags in another order are the same series
        if (!_byLabels.TryGetValue(labels, out var series))
        {
            // A tag without bounds must not eat the memory: what is too much shares one series, and is not remembered by its tags.
            if (_byLabels.Count >= maxSeries) return _byLabels.TryGetValue(OverflowLabels, out var rest) ? rest : Put(OverflowLabels);
            series = Put(labels);
        }

        if (_byTags.Count < 4 * maxSeries) _byTags[hash] = new Seat(tags.ToArray(), series, first);
        return series;
    }

    private Series Put(string labels) => _byLabels[labels] = new Series(labels) { Buckets = bounds is null ? null : new long[bounds.Length + 1] };

    private static bool AreEqual(KeyValuePair<string, object?>[] known, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (known.Length != tags.Length) return false;
        for (int i = 0; i < known.Length; i++)
        {
            if (known[i].Key != tags[i].Key || !Equals(known[i].Value, tags[i].Value)) return false;
        }

        return true;
    }

    private sealed record Seat(KeyValuePair<string, object?>[] Tags, Series Series, Seat? Next);

    private sealed class Series(string labels)
    {
        public string Labels { get; } = labels;

        public double Value { get; set; }

        public long[]? Buckets { get; init; }

        public bool IsFresh { get; set; }
    }
}
