// Scrubbing/ compares every object's bytes with its name, without knowing what any of them is for.
//
//   data/ ► FolderScrubber, one folder a worker at a time ► open, read, hash, close ► ScrubCounters ► ScrubReport
//             ▲ ByteRateLimit, SnapshotPause                       └► damaged ► Repairing/ObjectRepairer
//
// Must stay true
//   - Nothing is changed but what a repair replaces. What comes and goes meanwhile is no alert.
//   - A position is written down only for folders that are finished, all before it included.
using System.Collections.Concurrent;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Repairing;
using Cvmfs.Net.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>Hashes every object of a storage. Thread-safe.</summary>
public sealed class StorageScrubber
{
    private const int Folders = 256;

    private readonly ScrubServices _services;
    private readonly TimeProvider _time;

    /// <summary>Names a storage; touches nothing.</summary>
    /// <param name="storageFolder">Holds <c>data/</c>.</param>
    /// <param name="services">Null for the defaults.</param>
    /// <exception cref="ArgumentException">The folder is empty text or no path.</exception>
    public StorageScrubber(string storageFolder, ScrubServices? services = null)
    {
        StorageFolder = new ReplicaLocation(storageFolder).StorageFolder;
        _services = services ?? new ScrubServices();
        _time = _services.TimeProvider ?? TimeProvider.System;
    }

    /// <summary>Full path of the storage folder.</summary>
    public string StorageFolder { get; }

    /// <summary>Scrubs it.</summary>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Hears some times a second how far the scrub is.</param>
    /// <param name="cancellationToken">Ends the scrub early; with <see cref="ScrubOptions.Resume"/> a later one goes on there.</param>
    /// <returns>What was found. Only misuse and cancellation throw.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<ScrubReport> ScrubAsync(ScrubOptions? options = null, IProgress<ScrubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new ScrubOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1, nameof(options));
        var location = new ReplicaLocation(StorageFolder, options.StateFolder);
        using var run = new Run(this, location, options);
        try
        {
            if (!Directory.Exists(Path.Combine(StorageFolder, ObjectPath.DataFolder)))
            {
                return run.Conclude(ScrubOutcome.StorageFailed, $"{StorageFolder} holds no {ObjectPath.DataFolder}/.");
            }

            using (new ProgressTicks(() => progress?.Report(run.Progress()), _time)) await run.ExecuteAsync(cancellationToken).ConfigureAwait(false);
            progress?.Report(run.Progress());
            return run.Conclude();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return run.Conclude(ScrubOutcome.StorageFailed, e.Message, e);
        }
    }

    /// <summary>One scrub.</summary>
    private sealed class Run : IDisposable
    {
        private readonly StorageScrubber _scrubber;
        private readonly ReplicaLocation _location;
        private readonly ScrubOptions _options;
        private readonly TimeProvider _time;
        private readonly ScrubCounters _counters;
        private readonly RepairLog _repairs = new();
        private readonly DateTimeOffset _startedAt;
        private readonly long _began;
        private readonly bool[] _isFinished = new bool[Folders];
        private readonly SemaphoreSlim _stateGate = new(1, 1);
        private ScrubState _state;
        private long _bytesBefore;

        public Run(StorageScrubber scrubber, ReplicaLocation location, ScrubOptions options)
        {
            (_scrubber, _location, _options, _time) = (scrubber, location, options, scrubber._time);
            (_startedAt, _began) = (_time.GetUtcNow(), _time.GetTimestamp());
            _counters = new ScrubCounters(options.MaxAlerts, scrubber._services.OnAlert);
            _state = new ScrubState(_startedAt, 0, 0);
        }

        public ScrubProgress Progress()
            => new(Volatile.Read(ref _state).NextFolder, _counters.Files, _counters.Bytes, _counters.AlertCount, _time.GetElapsedTime(_began));

        public async Task ExecuteAsync(CancellationToken cancellationToken)
        {
            if (_options.Resume && await ScrubState.ReadAsync(_location.SpoolFolder, cancellationToken).ConfigureAwait(false) is { FinishedAt: null } cutOff) _state = cutOff;
            _bytesBefore = _state.Bytes;
            int first = _state.NextFolder;
            var limit = _options.BytesPerSecond > 0 ? new ByteRateLimit(_options.BytesPerSecond, _time) : null;
            var pause = _options.YieldToSnapshots ? new SnapshotPause(_location.StorageFolder, _location.SpoolFolder, _time) : null;
            var folders = new FolderScrubber(_location.StorageFolder, _counters, limit, pause is null ? null : pause.WaitAsync);
            var hashers = new ConcurrentBag<ObjectFileHasher>();
            try
            {
                var parallel = new ParallelOptions { MaxDegreeOfParallelism = _options.Workers, CancellationToken = cancellationToken };
                // What lies outside of the object folders belongs to the first of them.
                await Parallel.ForEachAsync(Enumerable.Range(first, Folders - first), parallel, async (folder, token) =>
                {
                    if (_options.MaxBytes > 0 && _counters.Bytes >= _options.MaxBytes) return;
                    var hasher = hashers.TryTake(out var free) ? free : new ObjectFileHasher();
                    try
                    {
                        if (folder == 0) await folders.ScrubDataFolderAsync(hasher, token).ConfigureAwait(false);
                        await folders.ScrubAsync(folder, hasher, token).ConfigureAwait(false);
                    }
                    finally
                    {
                        hashers.Add(hasher);
                    }

                    await FinishAsync(folder, token).ConfigureAwait(false);
                }).ConfigureAwait(false);
            }
            finally
            {
                foreach (var hasher in hashers) hasher.Dispose();
            }

            if (_state.NextFolder == Folders)
            {
                _state = _state with { FinishedAt = _time.GetUtcNow() };
                if (_options.Resume) await _state.WriteAsync(_location.SpoolFolder, cancellationToken).ConfigureAwait(false);
            }

            await RepairAsync(cancellationToken).ConfigureAwait(false);
        }

        public void Dispose() => _stateGate.Dispose();

        public ScrubReport Conclude()
        {
            long alerts = _counters.AlertCount;
            int repaired = _repairs.Repaired.Count;
            var outcome = alerts == 0 ? ScrubOutcome.Clean : repaired == alerts ? ScrubOutcome.Repaired : ScrubOutcome.AlertsRaised;
            string extent = _state.NextFolder == Folders ? "" : FormattableString.Invariant($" up to folder {_state.NextFolder:x2}");
            string mended = repaired == 0 ? "" : FormattableString.Invariant($", {repaired} objects repaired");
            return Conclude(outcome, FormattableString.Invariant($"{_counters.Files} objects hashed{extent}, {_counters.Bytes} bytes; {alerts} alerts{mended}."));
        }

        public ScrubReport Conclude(ScrubOutcome outcome, string message, Exception? cause = null) => new()
        {
            Outcome = outcome,
            StorageFolder = _location.StorageFolder,
            Message = message,
            Cause = cause,
            StartedAt = _startedAt,
            Duration = _time.GetElapsedTime(_began),
            Files = _counters.Files,
            Bytes = _counters.Bytes,
            IsPassComplete = _state.NextFolder == Folders,
            PassStartedAt = _state.StartedAt,
            AlertCount = _counters.AlertCount,
            Alerts = _counters.Alerts,
            Repaired = _repairs.Repaired,
            Unrepaired = _repairs.Unrepaired,
        };

        private async Task FinishAsync(int folder, CancellationToken cancellationToken)
        {
            await _stateGate.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                _isFinished[folder] = true;
                int next = _state.NextFolder;
                while (next < Folders && _isFinished[next]) next++;
                if (next == _state.NextFolder) return;
                Volatile.Write(ref _state, _state with { NextFolder = next, Bytes = _bytesBefore + _counters.Bytes });
                if (_options.Resume) await _state.WriteAsync(_location.SpoolFolder, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _stateGate.Release();
            }
        }

        private async Task RepairAsync(CancellationToken cancellationToken)
        {
            var source = _scrubber._services.RepairSource ?? _options.Repair?.Source;
            var damaged = _counters.Damaged;
            if (source is null || damaged.Count == 0) return;
            var repairer = new ObjectRepairer(_location, source, _options.Quarantine, _repairs, _time, _scrubber._services.Logger ?? NullLogger.Instance);
            await repairer.RepairAsync([.. damaged.Select(static key => (key, false))], _options.LockPatience, cancellationToken).ConfigureAwait(false);
        }
    }
}
