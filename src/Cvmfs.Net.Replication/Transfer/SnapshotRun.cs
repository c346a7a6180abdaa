using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Planning;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Replication.Transfer;

/// <summary>One attempt at a goal: a number of workers on one schedule, until nothing is left or something ends it for all.</summary>
internal sealed class SnapshotRun
{
    private readonly RunServices _services;
    private readonly TransferScheduler _scheduler;
    private readonly CatalogCompletion _completion;
    private readonly CatalogWalker _walker;
    private readonly int _workers;
    private Exception? _fatal;

    public SnapshotRun(SnapshotGoal goal, RunServices services, int workers)
    {
        _services = services;
        _workers = workers;
        _scheduler = new TransferScheduler(services.Limits);
        _completion = new CatalogCompletion(OnCatalogEnded);
        _walker = new CatalogWalker(goal, services, _scheduler, _completion, new InFlightObjects());
    }

    /// <summary>Catalogs that wait to be loaded.</summary>
    public int WaitingCatalogs => _scheduler.WaitingCatalogs;

    /// <summary>Objects that wait to be transferred.</summary>
    public int WaitingObjects => _scheduler.ReadyObjects;

    /// <summary>Catalogs that are not committed, once the run is over; what is staged of them stays for another run.</summary>
    public IReadOnlySet<ObjectKey> Uncommitted => _completion.Uncommitted();

    /// <summary>Historic roots that came to nothing and that the upstream may have collected: another attempt asks for them anew.</summary>
    public int DoubtfulRoots => _completion.DoubtfulRoots;

    /// <summary>Works until the goal is reached or given up; what failed is in the counters. Whatever happens, nothing is left open or in the air.</summary>
    /// <exception cref="CvmfsTransportException">The upstream is gone.</exception>
    /// <exception cref="IOException">The storage cannot take more.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await _walker.BeginAsync(stop.Token).ConfigureAwait(false);
            var workers = new Task[_workers];
            for (int i = 0; i < workers.Length; i++) workers[i] = WorkAsync(stop);
            await Task.WhenAll(workers).ConfigureAwait(false);
        }
        finally
        {
            foreach (var open in _scheduler.Stop()) open.Dispose();
            foreach (var failure in _scheduler.TakePutOff()) _services.Report(failure);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (_fatal is { } fatal) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fatal);
    }

    private async Task WorkAsync(CancellationTokenSource stop)
    {
        await Task.Yield(); // begin on the pool, all of them, before the first does its first piece of work
        try
        {
            while (true)
            {
                var work = await _scheduler.NextAsync(stop.Token).ConfigureAwait(false);
                if (work.Kind == WorkKind.None) return;
                try
                {
                    await DoAsync(work, stop.Token).ConfigureAwait(false);
                }
                finally
                {
                    _scheduler.Finished();
                }
            }
        }
        catch (Exception e)
        {
            // The first failure counts; those of the others are what its cancellation makes of their work.
            Interlocked.CompareExchange(ref _fatal, e, null);
            foreach (var open in _scheduler.Stop()) open.Dispose();
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask DoAsync(WorkItem work, CancellationToken cancellationToken)
    {
        if (work.Kind == WorkKind.TransferObject)
        {
            await TransferAsync(work.Object, cancellationToken).ConfigureAwait(false);
            return;
        }

        // The worker may still be in the loop of the connection that brought its last object: catalogs are long work, and others wait there.
        await Task.Yield();
        await (work.Kind == WorkKind.LoadCatalog ? _walker.LoadAsync(work.Node!, cancellationToken) : _walker.ListAsync(work.Catalog!, cancellationToken)).ConfigureAwait(false);
    }

    private async Task TransferAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        TransferFailure? failure = null;
        using (await _services.Store.Gate.EnterAsync(key, cancellationToken).ConfigureAwait(false))
        {
            if (_services.Store.WasShared && await _services.Presence.ContainsAsync(key, cancellationToken).ConfigureAwait(false))
            {
                _services.Counters.ObjectsFoundPresent(1); // another run was faster
            }
            else
            {
                (long bytes, failure) = await _services.Transfers.FetchAsync(key, cancellationToken).ConfigureAwait(false);
                if (failure is null)
                {
                    _services.Presence.Stored(key);
                    _services.Counters.ObjectFetched(bytes);
                    _services.Logger.ObjectStored(key);
                }
                else if (_scheduler.TryPutOff(new WorkItem(WorkKind.TransferObject, Object: key), failure))
                {
                    return; // its claim stays
                }
            }
        }

        await _walker.ReleaseAsync(key, failure, cancellationToken).ConfigureAwait(false);
    }

    private void OnCatalogEnded(CatalogNode node, bool isStored)
    {
        if (!isStored || node.IsLeftOut) return;
        _services.Presence.Stored(node.Key);
        _services.Counters.CatalogCommitted();
        if (node.IsRoot) _services.Counters.Roots.Enqueue(node.Key.Hash);
        _services.Logger.CatalogCommitted(node.Key);
    }
}
