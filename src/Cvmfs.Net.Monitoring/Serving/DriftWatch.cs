using Cvmfs.Net.Monitoring.Diagnostics;
using Cvmfs.Net.Monitoring.Fleet;
using Cvmfs.Net.Monitoring.Fleet.Drift;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Monitoring.Serving;

/// <summary>Compares the fleet file with names and servers now and then, for the metrics.</summary>
internal sealed class DriftWatch(MonitorOptions options, ILogger logger)
{
    private volatile FleetDriftReport? _last;

    /// <summary>What the last comparison found of this fleet; null before the first one.</summary>
    public FleetDriftReport? LastOf(FleetDescription? fleet) => _last is { } last && last.Digest == fleet?.Digest ? last : null;

    /// <summary>Compares until cancelled.</summary>
    /// <param name="fleet">The fleet file.</param>
    /// <param name="isOnline">Whether this place sees anything: one that is blind finds a difference everywhere.</param>
    /// <param name="cancellationToken">The end.</param>
    public async Task RunAsync(FleetDescription fleet, Func<bool> isOnline, CancellationToken cancellationToken)
    {
        var drift = new FleetDriftOptions { Scraper = options.Scraping };
        while (true)
        {
            if (isOnline()) await CompareAsync(fleet, drift, cancellationToken).ConfigureAwait(false);
            await Task.Delay(options.DriftInterval, options.Scraping.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CompareAsync(FleetDescription fleet, FleetDriftOptions drift, CancellationToken cancellationToken)
    {
        try
        {
            var report = await FleetDrift.CompareAsync(fleet, drift, cancellationToken).ConfigureAwait(false);
            var known = LastOf(fleet)?.Items.ToHashSet() ?? [];
            foreach (var item in report.Items.Where(item => !known.Contains(item))) LogMessages.Drift(logger, item.KindName, item.Subject, item.Message);
            _last = report;
            options.DriftCompared?.Invoke();
        }
        catch (Exception odd) when (odd is CvmfsFormatException or IOException)
        {
            LogMessages.Odd(logger, $"The fleet file could not be compared: {odd.Message}");
        }
    }
}
