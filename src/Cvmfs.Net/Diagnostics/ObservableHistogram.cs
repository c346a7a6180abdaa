using System.Diagnostics.Metrics;

namespace Cvmfs.Net.Diagnostics;

/// <summary>A histogram that its owner counts, and that is asked for its counts when somebody looks: for places that pass too often to tell
/// every listener each time. <see cref="PrometheusExposition"/> shows it as a histogram; other listeners see how many values there were.</summary>
public sealed class ObservableHistogram : ObservableInstrument<long>
{
    private readonly Func<IEnumerable<HistogramCounts>> _observe;

    /// <summary>Makes the instrument known to listeners.</summary>
    /// <param name="meter">Its meter.</param>
    /// <param name="name">Its name, without a suffix for the unit.</param>
    /// <param name="unit">Unit of the values; null for none.</param>
    /// <param name="description">What is measured.</param>
    /// <param name="bounds">Upper bounds of the buckets, ascending.</param>
    /// <param name="observe">Says what was counted. Called by any thread, one at a time for each listener.</param>
    public ObservableHistogram(Meter meter, string name, string? unit, string? description, IReadOnlyList<double> bounds, Func<IEnumerable<HistogramCounts>> observe)
        : base(meter, name, unit, description)
    {
        ArgumentNullException.ThrowIfNull(bounds);
        ArgumentNullException.ThrowIfNull(observe);
        Bounds = bounds;
        _observe = observe;
        Publish();
    }

    /// <summary>Upper bounds of the buckets, ascending.</summary>
    public IReadOnlyList<double> Bounds { get; }

    /// <summary>What was counted until now.</summary>
    public IEnumerable<HistogramCounts> Counts() => _observe();

    /// <inheritdoc/>
    protected override IEnumerable<Measurement<long>> Observe() => Counts().Select(counts => new Measurement<long>(counts.Buckets.Sum(), counts.Tags));
}
