using System.Threading.Channels;
using Cvmfs.Net.Replication.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Replication;

/// <summary>Keeps replicas up to date: looks for new revisions at intervals, and at once when somebody says that there is one. Thread-safe.</summary>
/// <remarks>The replicas go their own ways; a limit holds for runs at once, and a replica that waits for its turn takes it in the order of
/// arrival. A hint is never trusted: all it does is to make the next look come sooner.</remarks>
public sealed class Replicator : IDisposable
{
    private readonly IReadOnlyList<Follower> _followers;
    private readonly SemaphoreSlim _turns;
    private readonly TimeProvider _time;
    private readonly Func<double> _jitter;
    private readonly ILogger _logger;

    /// <summary>Puts replicas under one roof; begins nothing.</summary>
    /// <param name="replicas">Replicas to follow; not disposed here.</param>
    /// <param name="maxRuns">Snapshots at once. Default: as many as there are processors, as the reference.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="jitter">Numbers from 0 to 1 that vary the waits. Default: random.</param>
    /// <param name="logger">Hears of waits and hints.</param>
    public Replicator(
        IEnumerable<Replica> replicas, int? maxRuns = null, TimeProvider? timeProvider = null, Func<double>? jitter = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(replicas);
        if (maxRuns is { } runs) ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1, nameof(maxRuns));
        _followers = [.. replicas.Select(replica => new Follower(replica))];
        _turns = new SemaphoreSlim(maxRuns ?? Environment.ProcessorCount);
        _time = timeProvider ?? TimeProvider.System;
        _jitter = jitter ?? Random.Shared.NextDouble;
        _logger = logger ?? NullLogger.Instance;
    }

    /// <summary>Hears of every run's end, before the wait for the next. An exception from it ends the following.</summary>
    public Func<Replica, SnapshotReport, CancellationToken, ValueTask>? SnapshotEnded { get; init; }

    /// <summary>Hears how far a run is.</summary>
    public Func<Replica, IProgress<SnapshotProgress>?>? Progress { get; init; }

    /// <summary>Says that a repository may have changed upstream.</summary>
    /// <param name="repository">Fully qualified name.</param>
    /// <returns>False if no replica of it is followed here. Hints during a run count once, for a run right after it.</returns>
    public bool Hint(string repository)
    {
        bool isKnown = false;
        foreach (var follower in _followers)
        {
            if (follower.Replica.Repository.ToString() != repository) continue;
            isKnown = true;
            follower.Hints.Writer.TryWrite(true); // full: one is waiting already
        }

        ReplicationMetrics.Hint(repository, isKnown);
        if (isKnown) _logger.Hinted(repository);
        return isKnown;
    }

    /// <summary>Follows all replicas until it is cancelled; runs in progress are ended in order first.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var loops = _followers.Select(follower => FollowAsync(follower, stop)).ToArray();
        await Task.WhenAll(loops).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _turns.Dispose();

    private async Task FollowAsync(Follower follower, CancellationTokenSource stop)
    {
        try
        {
            while (true)
            {
                var report = await TakeTurnAsync(follower.Replica, stop.Token).ConfigureAwait(false);
                if (SnapshotEnded is { } ended) await ended(follower.Replica, report, stop.Token).ConfigureAwait(false);
                await WaitAsync(follower, stop.Token).ConfigureAwait(false);
            }
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false); // one that breaks must not leave the others running unseen
            throw;
        }
    }

    private async Task<SnapshotReport> TakeTurnAsync(Replica replica, CancellationToken cancellationToken)
    {
        await _turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await replica.SnapshotAsync(progress: Progress?.Invoke(replica), cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turns.Release();
        }
    }

    private async Task WaitAsync(Follower follower, CancellationToken cancellationToken)
    {
        var options = follower.Replica.Options;
        var delay = options.PollInterval * (1 + options.PollJitter * (2 * Math.Clamp(_jitter(), 0, 1) - 1));
        _logger.NextLook(options.Repository, delay);
        using var timeout = new CancellationTokenSource(delay, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await follower.Hints.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // the wait is over and nobody gave a hint
        }
    }

    private sealed class Follower(Replica replica)
    {
        public Replica Replica { get; } = replica;

        public Channel<bool> Hints { get; } = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    }
}
