// One bounded graph of work for all workers. They pull; nobody pushes to them, so nothing has to block to keep memory bounded.
//
//   catalogs wanted (a stack) ──admitted while open catalogs fit──► LoadCatalog
//   open catalogs (a queue)   ──while few objects are ready───────► ListReferences ─► objects ready (bounded)
//   objects ready (a queue)   ────────────────────────────────────► TransferObject
//   put off (a queue)         ──when all of the above is done, a limited number of times: to where it came from
//
// Must stay true
//   - Catalogs come first: they are what makes more work known. The newest comes first, so that subtrees end, are committed, and free
//     their staged files early instead of the whole tree being held open at once.
//   - The queue of objects holds at most LowWater + one batch per lister; references beyond that wait in their open database.
//   - Open catalogs are bounded in number and in bytes. One is always admitted, however large.
//   - Work handed out and not reported finished keeps the run alive: only when there is none, and no queue has any, is it over.
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Planning;

namespace Cvmfs.Net.Replication.Transfer;

/// <summary>Hands out catalogs, listings and objects to any number of workers.</summary>
internal sealed class TransferScheduler
{
    private const long AssumedCatalogBytes = 1 << 20; // where the parent names no size

    private readonly Lock _gate = new();
    private readonly Stack<CatalogNode> _catalogs = new();
    private readonly Queue<OpenCatalog> _listable = new();
    private readonly Queue<ObjectKey> _ready = new();
    private readonly Queue<(WorkItem Work, TransferFailure Failure)> _putOff = new();
    private readonly Stack<TaskCompletionSource> _idle = new();
    private readonly SchedulerLimits _limits;

    private int _inHand;
    private int _listing;
    private int _openCatalogs;
    private long _openBytes;
    private int _rounds;
    private bool _isStopped;

    /// <summary>Creates a scheduler without work.</summary>
    public TransferScheduler(SchedulerLimits limits) => _limits = limits;

    /// <summary>Objects that are known to be missing and wait for a worker.</summary>
    public int ReadyObjects
    {
        get { lock (_gate) return _ready.Count; }
    }

    /// <summary>Catalogs that wait to be loaded.</summary>
    public int WaitingCatalogs
    {
        get { lock (_gate) return _catalogs.Count; }
    }

    /// <summary>Adds a catalog to load. Before the first worker asks, or while the caller has work in hand.</summary>
    public void Add(CatalogNode node)
    {
        lock (_gate)
        {
            _catalogs.Push(node);
            Wake(1);
        }
    }

    /// <summary>Adds objects to transfer. Before the first worker asks, or while the caller has work in hand.</summary>
    public void AddReady(IReadOnlyCollection<ObjectKey> objects)
    {
        lock (_gate)
        {
            foreach (var key in objects) _ready.Enqueue(key);
            Wake(objects.Count);
        }
    }

    /// <summary>Waits for work.</summary>
    /// <returns>An item of kind <see cref="WorkKind.None"/> at the end of the run; every later call gets the same.</returns>
    public async ValueTask<WorkItem> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task idle;
            lock (_gate)
            {
                if (TryTake(out var work) || (TryBeginRound() && TryTake(out work))) return work;
                if (_isStopped || _inHand == 0)
                {
                    WakeAll();
                    return default;
                }

                var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _idle.Push(waiter);
                idle = waiter.Task;
            }

            await idle.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reports a catalog as open: its references can be listed. It counts as open until <see cref="Closed"/>.</summary>
    public void Opened(OpenCatalog catalog)
    {
        lock (_gate)
        {
            _listable.Enqueue(catalog);
            Wake(1);
        }
    }

    /// <summary>Reports that a catalog taken for loading is not open, or not any more.</summary>
    public void Closed(CatalogNode node)
    {
        lock (_gate)
        {
            _openCatalogs--;
            _openBytes -= node.ReservedBytes;
            Wake(1);
        }
    }

    /// <summary>Reports what a listing found missing; hands the catalog back if it has more.</summary>
    public void Listed(OpenCatalog catalog, List<ObjectKey> missing, bool hasMore)
    {
        lock (_gate)
        {
            _listing--;
            foreach (var key in missing) _ready.Enqueue(key);
            if (hasMore) _listable.Enqueue(catalog);
            Wake(missing.Count + 1);
        }
    }

    /// <summary>Puts off a piece of work that failed for a reason that may pass, until everything else is done. While the caller has it in hand.</summary>
    /// <returns>False if it has had its chances, or too much waits already: then it has failed.</returns>
    public bool TryPutOff(WorkItem work, TransferFailure failure)
    {
        if (failure.Reason != TransferFailureReason.Unreachable) return false;
        lock (_gate)
        {
            if (_isStopped || _rounds >= _limits.RetryRounds || _putOff.Count >= _limits.MaxPutOff) return false;
            _putOff.Enqueue((work, failure));
            return true;
        }
    }

    /// <summary>Takes the failures of work that was put off and not tried again, because the run was stopped.</summary>
    public IReadOnlyList<TransferFailure> TakePutOff()
    {
        lock (_gate)
        {
            List<TransferFailure> failures = [.. _putOff.Select(static waiting => waiting.Failure)];
            _putOff.Clear();
            return failures;
        }
    }

    /// <summary>Reports a piece of work as over.</summary>
    public void Finished()
    {
        lock (_gate)
        {
            if (--_inHand == 0) WakeAll();
        }
    }

    /// <summary>Ends the run early: what is in hand is finished, nothing more is handed out.</summary>
    /// <returns>The catalogs that are still open; the caller disposes them once no worker is left.</returns>
    public List<OpenCatalog> Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            List<OpenCatalog> open = [.. _listable];
            _listable.Clear();
            _catalogs.Clear();
            _ready.Clear();
            WakeAll();
            return open;
        }
    }

    /// <summary>When all else is done: what failed comes once more.</summary>
    private bool TryBeginRound()
    {
        if (_isStopped || _inHand > 0 || _putOff.Count == 0) return false;
        _rounds++;
        int count = _putOff.Count;
        while (_putOff.TryDequeue(out var waiting))
        {
            if (waiting.Work.Node is { } node) _catalogs.Push(node);
            else _ready.Enqueue(waiting.Work.Object);
        }

        Wake(count);
        return true;
    }

    private bool TryTake(out WorkItem work)
    {
        work = default;
        if (_isStopped) return false;
        if (_catalogs.TryPeek(out var node) && Admits(node))
        {
            _catalogs.Pop();
            node.ReservedBytes = Bytes(node);
            _openCatalogs++;
            _openBytes += node.ReservedBytes;
            work = new WorkItem(WorkKind.LoadCatalog, Node: node);
            if (_catalogs.TryPeek(out var next) && Admits(next)) Wake(1); // one large catalog that closed may make room for several
        }
        else if (_ready.Count < _limits.LowWater && _listing < _limits.Listers && _listable.TryDequeue(out var catalog))
        {
            _listing++;
            work = new WorkItem(WorkKind.ListReferences, Catalog: catalog);
        }
        else if (_ready.TryDequeue(out var key))
        {
            work = new WorkItem(WorkKind.TransferObject, Object: key);
            if (_ready.Count == _limits.LowWater - 1) Wake(1); // room for a lister
        }
        else
        {
            return false;
        }

        _inHand++;
        return true;
    }

    private bool Admits(CatalogNode node)
        => _openCatalogs == 0 || (_openCatalogs < _limits.OpenCatalogs && _openBytes + Bytes(node) <= _limits.OpenCatalogBytes);

    private static long Bytes(CatalogNode node) => node.DeclaredSize > 0 ? node.DeclaredSize : AssumedCatalogBytes;

    private void Wake(int count)
    {
        for (; count > 0 && _idle.TryPop(out var waiter); count--) waiter.SetResult();
    }

    private void WakeAll() => Wake(int.MaxValue);
}
