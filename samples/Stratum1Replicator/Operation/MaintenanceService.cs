using Cvmfs.Net.Replication.Scheduling;
using Stratum1Replicator.Configuration;

namespace Stratum1Replicator.Operation;

/// <summary>Collects garbage, checks and scrubs, one thing at a time unless told otherwise, whenever the plan says so. Snapshots never wait for
/// it to end; it does not begin on a replica whose snapshot is under way.</summary>
internal sealed class MaintenanceService(ReplicaHost host, MaintenanceOptions initial, TimeProvider time, ILoggerFactory loggers) : BackgroundService
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1); // the clock on the wall may be set meanwhile

    private readonly ILogger _logger = loggers.CreateLogger<MaintenanceService>();
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSignal();
    private MaintenanceOptions _options = initial;

    /// <summary>Takes other settings, for what has not begun yet. The number of tasks at once stays.</summary>
    public void Apply(MaintenanceOptions options)
    {
        lock (_gate) _options = options;
        Signal();
    }

    /// <summary>Everything that is wanted of the replicas, sooner or later.</summary>
    public static IEnumerable<MaintenanceCandidate> Candidates(IEnumerable<HostedReplica> replicas, MaintenanceOptions options)
    {
        foreach (var hosted in replicas.Where(hosted => hosted.IsActive))
        {
            var facts = hosted.Facts;
            if (facts.Manifest is not { } manifest) continue; // nothing there to maintain
            var moment = hosted.Activity.Look();
            bool isHeldUp = moment.SnapshotSince is not null || moment.Maintenance is not null;
            if (hosted.Settings.Collects && manifest.IsGarbageCollectable)
            {
                var rule = options.RuleOf(MaintenanceKind.Collection)!;
                yield return Candidate(MaintenanceKind.Collection, rule with { Interval = hosted.Settings.CollectEvery ?? rule.Interval }, facts.LastCollection);
            }

            if (options.RuleOf(MaintenanceKind.Check) is { } check)
            {
                // The reference's setting counts for its replicas, unless checks are switched off here.
                yield return Candidate(MaintenanceKind.Check, check with { Interval = hosted.Settings.CheckEvery ?? check.Interval }, facts.LastCheck);
            }

            if (options.RuleOf(MaintenanceKind.Scrub) is { } scrub)
            {
                bool isSlice = !moment.Ends.TryGetValue(MaintenanceKind.Scrub, out var end) || end.Result.Succeeded;
                yield return Candidate(MaintenanceKind.Scrub, isSlice ? scrub : scrub with { RetryAfter = options.RetryAfter }, LastScrub(hosted));
            }

            MaintenanceCandidate Candidate(MaintenanceKind kind, MaintenanceRule rule, DateTimeOffset? lastSuccess)
            {
                var end = moment.Ends.GetValueOrDefault(kind);
                if (end is { Result: { Succeeded: true, IsWhole: true } } && !(lastSuccess >= end.At)) lastSuccess = end.At;
                return new MaintenanceCandidate(hosted.Alias, kind, rule, lastSuccess, end?.At, isHeldUp);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        host.Changed += Signal;
        try
        {
            await Task.WhenAll(Enumerable.Range(0, _options.AtOnce).Select(_ => LoopAsync(stoppingToken)));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // asked to end; every task has ended in order
        }
        finally
        {
            host.Changed -= Signal;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static DateTimeOffset? LastScrub(HostedReplica hosted)
    {
        var mark = new FileInfo(Path.Combine(hosted.Replica!.Location.SpoolFolder, MaintenanceTask.ScrubMark));
        return mark.Exists ? new DateTimeOffset(mark.LastWriteTimeUtc, TimeSpan.Zero) : null;
    }

    private void Signal()
    {
        TaskCompletionSource before;
        lock (_gate) (before, _changed) = (_changed, NewSignal());
        before.TrySetResult();
    }

    private async Task LoopAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task? work = null;
            Task changed;
            DateTimeOffset? again;
            lock (_gate) // two loops must not choose the same
            {
                changed = _changed.Task;
                var plan = MaintenancePlan.Of(Candidates(host.Replicas, _options), time.GetUtcNow(), time.LocalTimeZone);
                again = plan.LookAgainAt;
                if (plan.Next is { } next) work = TryBegin(next, cancellationToken);
            }

            if (work is null)
            {
                await WaitAsync(changed, again, cancellationToken);
            }
            else
            {
                await work;
                Signal();
            }
        }
    }

    private async Task WaitAsync(Task changed, DateTimeOffset? again, CancellationToken cancellationToken)
    {
        var wait = (again - time.GetUtcNow()) ?? LongestWait;
        try
        {
            await changed.WaitAsync(wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestWait ? LongestWait : wait, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // time to look again
        }
    }

    /// <returns>Null if the replica is leaving.</returns>
    private Task? TryBegin(MaintenanceCandidate candidate, CancellationToken stoppingToken)
    {
        var hosted = host.Replicas.FirstOrDefault(hosted => hosted.Alias == candidate.Alias);
        var options = _options;
        return hosted?.TryMaintain(leave => RunAsync(hosted, candidate.Kind, options, leave, stoppingToken));
    }

    private async Task RunAsync(HostedReplica hosted, MaintenanceKind kind, MaintenanceOptions options, CancellationToken leave, CancellationToken stoppingToken)
    {
        hosted.Activity.BeginMaintenance(kind, time.GetUtcNow());
        await Task.Yield(); // whoever begins it holds a lock
        using var end = CancellationTokenSource.CreateLinkedTokenSource(leave, stoppingToken);
        MaintenanceResult? result = null;
        string what = ReplicaActivity.NameOf(kind);
        try
        {
            _logger.LogInformation("{Alias}: {Maintenance} begins", hosted.Alias, what);
            result = await new MaintenanceTask(hosted, options, time, loggers).RunAsync(kind, end.Token);
            if (result.Succeeded) _logger.LogInformation("{Alias}: {Maintenance}: {Summary}", hosted.Alias, what, result.Message);
            else _logger.LogError("{Alias}: {Maintenance}: {Summary}", hosted.Alias, what, result.Message);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            _logger.LogInformation("{Alias}: {Maintenance} was ended; the next one goes on", hosted.Alias, what);
        }
        catch (Exception e) // whatever is wrong with it: serving and snapshots go on
        {
            _logger.LogError(e, "{Alias}: {Maintenance} failed", hosted.Alias, what);
            result = new MaintenanceResult(Succeeded: false, IsWhole: false, e.Message);
        }
        finally
        {
            hosted.Activity.EndMaintenance(kind, result, time.GetUtcNow());
            hosted.ForgetFacts();
        }
    }
}
