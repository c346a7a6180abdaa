using System.Threading.Channels;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Scheduling;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cvmfs.Net.Replication;

/// <summary>Keeps replicas up to date: looks for new revisions at intervals, and at once when somebody says that there is one. Thread-safe.</summary>
/// <remarks>
/// <para>The replicas go their own ways; a limit holds for runs at once, and of the replicas that wait for their turn the one whose last snapshot is
/// oldest comes first, before it one that got a hint. First snapshots have turns of their own: however long they take, updates go on. Give
/// the replicas one <see cref="SharedTransfers"/> so that they share the line fairly, too.</para>
/// <para>A hint is never trusted: all it does is to make the next look come sooner.</para>
/// <para>Replicas may join and leave while the others are followed.</para>
/// </remarks>
public sealed class Replicator
{
    private readonly Lock _gate = new();
    private readonly List<Follower> _followers = [];
    private readonly RunTurns _updates;
    private readonly RunTurns _firstSnapshots;
    private readonly TimeProvider _time;
    private readonly Func<double> _jitter;
    private readonly ILogger _logger;
    private CancellationTokenSource? _stop; // while they are followed
    private volatile Task _broken = Task.CompletedTask; // what ended the following, if it was not asked to end

    /// <summary>Puts replicas under one roof; begins nothing.</summary>
    /// <param name="replicas">Replicas to follow; not disposed here. Those that are not active are passed over.</param>
    /// <param name="maxRuns">Updates at once. Default: as many as there are processors, as the reference, and at least four.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="jitter">Numbers from 0 to 1 that vary the waits. Default: random.</param>
    /// <param name="logger">Hears of waits and hints.</param>
    /// <param name="maxFirstSnapshots">First snapshots at once, besides the updates. Default: two.</param>
    public Replicator(
        IEnumerable<Replica> replicas, int? maxRuns = null, TimeProvider? timeProvider = null, Func<double>? jitter = null, ILogger? logger = null, int? maxFirstSnapshots = null)
    {
        ArgumentNullException.ThrowIfNull(replicas);
        if (maxRuns is { } runs) ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1, nameof(maxRuns));
        if (maxFirstSnapshots is { } firsts) ArgumentOutOfRangeException.ThrowIfLessThan(firsts, 1, nameof(maxFirstSnapshots));
        _followers.AddRange(replicas.Where(replica => replica.Options.IsActive).Select(replica => new Follower(replica)));
        _updates = new RunTurns(maxRuns ?? Math.Max(4, Environment.ProcessorCount));
        _firstSnapshots = new RunTurns(maxFirstSnapshots ?? 2);
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
        foreach (var follower in Followers())
        {
            if (follower.Replica.Repository.ToString() != repository) continue;
            isKnown = true;
            follower.Hints.Writer.TryWrite(true); // full: one is waiting already
        }

        ReplicationMetrics.Hint(repository, isKnown);
        if (isKnown) _logger.Hinted(repository);
        return isKnown;
    }

    /// <summary>Lets another replica join; where the others are followed, it is from now on.</summary>
    /// <param name="replica">Not disposed here. Passed over if it is not active.</param>
    public void Add(Replica replica)
    {
        ArgumentNullException.ThrowIfNull(replica);
        if (!replica.Options.IsActive) return;
        var follower = new Follower(replica);
        lock (_gate)
        {
            _followers.Add(follower);
            if (_stop is { } stop) follower.Following = FollowAsync(follower, stop);
        }
    }

    /// <summary>Lets a replica leave: its run, if one is going on, is ended in order first. The others do not notice.</summary>
    /// <param name="replica">One that joined; any other is passed over.</param>
    public async Task RemoveAsync(Replica replica)
    {
        Follower? follower;
        lock (_gate) follower = _followers.Find(follower => follower.Replica == replica);
        if (follower is null) return;
        await follower.Leave.CancelAsync().ConfigureAwait(false);
        await follower.Following.ConfigureAwait(false);
        lock (_gate) _followers.Remove(follower); // only now: RunAsync waits for everybody who may still be working
    }

    /// <summary>Follows all replicas until it is cancelled; runs in progress are ended in order first.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="InvalidOperationException">They are followed already.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Token.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), stopped).ConfigureAwait(false);
        lock (_gate)
        {
            if (_stop is not null) throw new InvalidOperationException("The replicas are followed already.");
            _stop = stop;
            foreach (var follower in _followers) follower.Following = FollowAsync(follower, stop);
        }

        await stopped.Task.ConfigureAwait(false); // asked to, or because one broke
        Task[] loops;
        lock (_gate)
        {
            _stop = null;
            loops = [.. _followers.Select(follower => follower.Following)];
        }

        await Task.WhenAll(loops).ConfigureAwait(false);
        await _broken.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Takes one snapshot of each active replica of a group, oldest first, as many at once as may be; failures do not stop the others.</summary>
    /// <param name="group">The group; null for the replicas that have none.</param>
    /// <param name="initializedOnly">Whether to pass over replicas that have no snapshot yet.</param>
    /// <param name="cancellationToken">Ends all of it.</param>
    /// <returns>The reports, in the order in which the runs ended. Whoever is strict looks whether all succeeded.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<IReadOnlyList<SnapshotReport>> SnapshotAllAsync(string? group = null, bool initializedOnly = false, CancellationToken cancellationToken = default)
    {
        var reports = new List<SnapshotReport>();
        var chosen = Followers()
            .Where(follower => follower.Replica.Options.Group == group && !(initializedOnly && follower.Replica.LastSnapshotAt is null))
            .OrderBy(follower => follower.Replica.LastSnapshotAt ?? DateTimeOffset.MinValue);
        await Task.WhenAll(chosen.Select(async follower =>
        {
            var report = await TakeTurnAsync(follower.Replica, isHinted: false, cancellationToken).ConfigureAwait(false);
            if (SnapshotEnded is { } ended) await ended(follower.Replica, report, cancellationToken).ConfigureAwait(false);
            lock (reports) reports.Add(report);
        })).ConfigureAwait(false);
        return reports;
    }

    private Follower[] Followers()
    {
        lock (_gate) return [.. _followers];
    }

    private async Task FollowAsync(Follower follower, CancellationTokenSource stop)
    {
        await Task.Yield(); // whoever lets it join does not wait for its first steps
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, follower.Leave.Token);
        try
        {
            for (bool isHinted = false; ;)
            {
                var report = await TakeTurnAsync(follower.Replica, isHinted, either.Token).ConfigureAwait(false);
                if (SnapshotEnded is { } ended) await ended(follower.Replica, report, either.Token).ConfigureAwait(false);
                isHinted = await WaitAsync(follower, either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // asked to end
        }
        catch (Exception e)
        {
            _broken = Task.FromException(e);
            await stop.CancelAsync().ConfigureAwait(false); // one that breaks must not leave the others running unseen
        }
    }

    private async Task<SnapshotReport> TakeTurnAsync(Replica replica, bool isHinted, CancellationToken cancellationToken)
    {
        var last = replica.LastSnapshotAt;
        var turns = last is null ? _firstSnapshots : _updates;
        await turns.TakeAsync(isHinted || last is null ? DateTimeOffset.MinValue : last.Value, cancellationToken).ConfigureAwait(false);
        try
        {
            return await replica.SnapshotAsync(progress: Progress?.Invoke(replica), cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turns.Release();
        }
    }

    /// <returns>Whether a hint ended the wait.</returns>
    private async Task<bool> WaitAsync(Follower follower, CancellationToken cancellationToken)
    {
        var options = follower.Replica.Options;
        var delay = options.PollInterval * (1 + options.PollJitter * (2 * Math.Clamp(_jitter(), 0, 1) - 1));
        _logger.NextLook(options.Repository, delay);
        using var timeout = new CancellationTokenSource(delay, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await follower.Hints.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false; // the wait is over and nobody gave a hint
        }
    }

    private sealed class Follower(Replica replica)
    {
        public Replica Replica { get; } = replica;

        public CancellationTokenSource Leave { get; } = new();

        public Task Following { get; set; } = Task.CompletedTask;

        public Channel<bool> Hints { get; } = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    }
}
