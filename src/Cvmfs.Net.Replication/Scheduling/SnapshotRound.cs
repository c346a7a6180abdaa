// One round over a host's replicas, as the reference's "snapshot -a" that cron starts.
//
//   slot ─► chosen replicas, oldest snapshot first ─► Replicator: several at once ─► collection where due ─► classic logs
//
// Must stay true
//   - A replica that somebody works on is passed over at once; a failure stops none of the others.
//   - Frames of the common log are never mixed: a replica's lines go there in one piece when it is done.
using System.Text;
using Cvmfs.Net.Documents;
using Cvmfs.Net.Replication.Collection;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Replication.Publishing;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Replication.Scheduling;

/// <summary>Takes a snapshot of each active replica of a host, once.</summary>
public sealed class SnapshotRound
{
    private const string CommonLog = "snapshots.log";

    private readonly HostConfiguration _host;
    private readonly SnapshotRoundOptions _options;
    private readonly TimeProvider _time;

    /// <summary>Names the host; touches nothing.</summary>
    /// <param name="host">Its configuration.</param>
    /// <param name="options">Which replicas and what logs; null for the defaults.</param>
    public SnapshotRound(HostConfiguration host, SnapshotRoundOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        (_host, _options) = (host, options ?? new SnapshotRoundOptions());
        _time = _options.Services?.TimeProvider ?? TimeProvider.System;
    }

    /// <summary>Hears of every replica that is done. Calls do not overlap.</summary>
    public Func<SnapshotRoundEntry, CancellationToken, ValueTask>? EntryEnded { get; init; }

    /// <summary>Hears how far a run is.</summary>
    public Func<Replica, IProgress<SnapshotProgress>?>? Progress { get; init; }

    /// <summary>Takes the round.</summary>
    /// <exception cref="IOException">A log cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<SnapshotRoundReport> RunAsync(CancellationToken cancellationToken = default)
    {
        if (_options.LogFolder is { } logs) RoundLog.CreateFolder(logs);
        using var slot = await TakeSlotAsync(cancellationToken).ConfigureAwait(false);
        if (slot is null && _options.SlotFolder is not null)
        {
            await AppendAsync(CommonLog, $"Too many snapshots at once, at {CvmfsDate.Format(_time.GetUtcNow())}\n", cancellationToken).ConfigureAwait(false);
            return new SnapshotRoundReport(HadSlot: false, []);
        }

        var work = new Work();
        try
        {
            await OpenAsync(work, cancellationToken).ConfigureAwait(false);
            var replicator = new Replicator(work.Replicas.Keys, _host.MaxParallelSnapshots, _time)
            {
                SnapshotEnded = (replica, report, token) => EndAsync(work, replica, report, token),
                Progress = Progress,
            };
            await replicator.SnapshotAllAsync(_options.Group, _options.InitializedOnly, cancellationToken).ConfigureAwait(false);
            return new SnapshotRoundReport(HadSlot: true, work.Entries);
        }
        finally
        {
            await work.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task OpenAsync(Work work, CancellationToken cancellationToken)
    {
        foreach (var broken in _host.Broken) await AddAsync(work, new SnapshotRoundEntry(broken.Alias, null, null, broken.Problem.Message), null, cancellationToken).ConfigureAwait(false);
        foreach (var configuration in _host.Replicas.Where(replica => replica.IsActive && replica.Group == _options.Group))
        {
            string? log = LogOf(work, configuration.Alias);
            try
            {
                var options = configuration.ToReplicationOptions(_time);
                options.ClassicLogFile = log;
                var keys = await configuration.LoadKeysAsync(cancellationToken).ConfigureAwait(false);
                work.Replicas.Add(new Replica(options, keys, _options.Services), configuration);
            }
            catch (Exception e) when (e is CvmfsException or OptionsValidationException or ArgumentException)
            {
                await AddAsync(work, new SnapshotRoundEntry(configuration.Alias, null, null, e.Message), log, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask EndAsync(Work work, Replica replica, SnapshotReport report, CancellationToken cancellationToken)
    {
        var configuration = work.Replicas[replica];
        var collection = report.Succeeded ? await CollectionAfterSnapshot.RunIfDueAsync(configuration, _time, cancellationToken).ConfigureAwait(false) : null;
        await AddAsync(work, new SnapshotRoundEntry(configuration.Alias, report, collection, null), replica.Options.ClassicLogFile, cancellationToken).ConfigureAwait(false);
    }

    private async Task AddAsync(Work work, SnapshotRoundEntry entry, string? log, CancellationToken cancellationToken)
    {
        await work.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            work.Entries.Add(entry);
            if (_options.LogFolder is not null) await LogAsync(entry, log, cancellationToken).ConfigureAwait(false);
            if (EntryEnded is { } ended) await ended(entry, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            work.Gate.Release();
        }
    }

    private async Task LogAsync(SnapshotRoundEntry entry, string? log, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var text = new StringBuilder();
        if (entry.Problem is { } problem) text.Append(ClassicLog.Frame(entry.Alias, ClassicLog.Snapshot, now, [problem], succeeded: false, now));
        else if (!_options.SeparateLogs && log is not null) text.Append(await File.ReadAllTextAsync(log, cancellationToken).ConfigureAwait(false));
        if (entry.Collection is { } collection) text.Append($"Garbage collection of {entry.Alias}: {collection.Message.ReplaceLineEndings(" ")}\n");
        if (text.Length > 0) await AppendAsync(_options.SeparateLogs ? entry.Alias + ".log" : CommonLog, text.ToString(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Where a run writes its frame: the replica's own log, or a file that goes into the common one when the run is over.</summary>
    private string? LogOf(Work work, string alias)
    {
        if (_options.LogFolder is not { } folder) return null;
        return _options.SeparateLogs ? Path.Combine(folder, alias + ".log") : Path.Combine(work.Temporary ??= Directory.CreateTempSubdirectory("cvmfs-net-round-").FullName, alias + ".log");
    }

    private async Task<ReplicaLock?> TakeSlotAsync(CancellationToken cancellationToken)
    {
        if (_options.SlotFolder is not { } folder) return null;
        RoundLog.CreateFolder(folder);
        for (int slot = 0; slot < _host.MaxParallelSnapshots; slot++)
        {
            if (await ReplicaLock.TakeAsync(Path.Combine(folder, $"{slot}.lock"), TimeSpan.Zero, _time, cancellationToken).ConfigureAwait(false) is { } taken) return taken;
        }

        return null;
    }

    private Task AppendAsync(string name, string text, CancellationToken cancellationToken)
        => _options.LogFolder is { } folder ? ClassicLog.AppendAsync(Path.Combine(folder, name), text, cancellationToken) : Task.CompletedTask;

    /// <summary>What a round has open.</summary>
    private sealed class Work : IAsyncDisposable
    {
        public Dictionary<Replica, ReplicaConfiguration> Replicas { get; } = [];

        public List<SnapshotRoundEntry> Entries { get; } = [];

        public SemaphoreSlim Gate { get; } = new(1);

        public string? Temporary { get; set; }

        public async ValueTask DisposeAsync()
        {
            foreach (var replica in Replicas.Keys) await replica.DisposeAsync().ConfigureAwait(false);
            Gate.Dispose();
            if (Temporary is not null) Directory.Delete(Temporary, recursive: true);
        }
    }
}
