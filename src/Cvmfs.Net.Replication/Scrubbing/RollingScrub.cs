namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>Scrubs a storage in the background: pass after pass, slowly, remembering its position over restarts. Run once at a time.</summary>
/// <param name="scrubber">The storage.</param>
/// <param name="options">Null for the defaults.</param>
/// <param name="timeProvider">The clock; the system's where null.</param>
public sealed class RollingScrub(StorageScrubber scrubber, RollingScrubOptions? options = null, TimeProvider? timeProvider = null)
{
    // After a storage that cannot be read: an operator has to see to it, and may take a while.
    private static readonly TimeSpan RetryAfterFailure = TimeSpan.FromMinutes(10);

    private readonly StorageScrubber _scrubber = scrubber ?? throw new ArgumentNullException(nameof(scrubber));
    private readonly RollingScrubOptions _options = options ?? new RollingScrubOptions();
    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;

    /// <summary>When the next pass begins, or goes on; in the past where that is at once.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="IOException">The position is there and cannot be read.</exception>
    public async Task<DateTimeOffset> NextPassAtAsync(CancellationToken cancellationToken = default)
    {
        var location = new ReplicaLocation(_scrubber.StorageFolder, _options.Scrub.StateFolder);
        var state = await ScrubState.ReadAsync(location.SpoolFolder, cancellationToken).ConfigureAwait(false);
        return state is { FinishedAt: not null } ? state.StartedAt + _options.PassEvery : DateTimeOffset.MinValue;
    }

    /// <summary>Scrubs until it is cancelled.</summary>
    /// <param name="onReport">Hears the end of every pass, or what prevented it.</param>
    /// <param name="progress">Hears some times a second how far a pass is.</param>
    /// <param name="cancellationToken">The only end.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="IOException">The position is there and cannot be read.</exception>
    public async Task RunAsync(Action<ScrubReport>? onReport = null, IProgress<ScrubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var each = _options.Scrub with { Resume = true, YieldToSnapshots = true };
        while (true)
        {
            var due = await NextPassAtAsync(cancellationToken).ConfigureAwait(false);
            // In steps: a timer cannot wait for months, and a clock that was set must be believed within a day.
            while (due - _time.GetUtcNow() is var left && left > TimeSpan.Zero)
            {
                await Task.Delay(left < TimeSpan.FromDays(1) ? left : TimeSpan.FromDays(1), _time, cancellationToken).ConfigureAwait(false);
            }

            var report = await _scrubber.ScrubAsync(each, progress, cancellationToken).ConfigureAwait(false);
            onReport?.Invoke(report);
            if (report.Outcome == ScrubOutcome.StorageFailed) await Task.Delay(RetryAfterFailure, _time, cancellationToken).ConfigureAwait(false);
        }
    }
}
