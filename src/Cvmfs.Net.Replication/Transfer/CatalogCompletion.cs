// Decides when a catalog may become visible: after everything below it.
//
//   catalog staged ──┬─ its objects ────── present or stored ──┐
//                    ├─ its nested catalogs ─ committed ───────┼─► count reaches 0 ─► commit ─► parents count down
//                    └─ (root, with history) predecessor ──────┘
//
// Must stay true
//   - A catalog is committed only with all of its subtree in the store; present catalog = present subtree. Walkers rely on that.
//   - A catalog that fails, or has anything failed below it, is never committed, nor is anything above it.
//   - One node per catalog and run, also when several parents or revisions share it.
// No I/O but the commit. No recursion: trees and chains of revisions may be deep.
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Planning;

namespace Cvmfs.Net.Replication.Transfer;

/// <summary>Holds catalogs staged until their subtree is stored.</summary>
internal sealed class CatalogCompletion
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ObjectKey, CatalogNode> _nodes = [];
    private readonly Action<CatalogNode, bool> _ended;
    private int _doubtfulRoots;

    /// <summary>Creates the ledger of one run.</summary>
    /// <param name="ended">Hears of every catalog's end, after its commit and before its parents move on; true for success.</param>
    public CatalogCompletion(Action<CatalogNode, bool> ended) => _ended = ended;

    /// <summary>Catalogs that have not ended, plus those that failed or were left out.</summary>
    public int Count
    {
        get { lock (_gate) return _nodes.Count; }
    }

    /// <summary>Historic roots that were dropped because the upstream lacks something of them: it may have collected them since they were staged.</summary>
    public int DoubtfulRoots => Volatile.Read(ref _doubtfulRoots);

    /// <summary>Makes a parent wait for a catalog.</summary>
    /// <param name="key">The catalog.</param>
    /// <param name="parent">Who needs it; null for a root that the run itself wants.</param>
    /// <param name="create">Makes the node if there is none.</param>
    /// <returns>The node if it is new and has to be loaded; null if it is on its way already, was left out before, or has failed before (then so has the parent).</returns>
    public CatalogNode? Require(ObjectKey key, CatalogNode? parent, Func<CatalogNode> create)
    {
        lock (_gate)
        {
            bool isNew = !_nodes.TryGetValue(key, out var node);
            if (isNew) _nodes.Add(key, node = create());
            if (parent is not null)
            {
                if (node!.HasEnded)
                {
                    if (node.IsLeftOut) return null; // nobody waits for what the replica does without
                    // It failed. The parent holds its own dependency meanwhile, so this release cannot be its last.
                    parent.AddDependency();
                    parent.ReleaseDependency(succeeded: false);
                    return null;
                }

                parent.AddDependency();
                node.AddParent(parent);
            }

            return isNew ? node : null;
        }
    }

    /// <summary>Takes note that something a catalog waited for is over, and ends the catalog and those above it as far as that was the last.</summary>
    /// <exception cref="IOException">A commit failed: the store cannot take it.</exception>
    public async ValueTask ReleaseAsync(CatalogNode node, bool succeeded, CancellationToken cancellationToken)
    {
        if (!node.ReleaseDependency(succeeded)) return;
        var ending = new Stack<CatalogNode>();
        ending.Push(node);
        while (ending.TryPop(out var next))
        {
            bool isStored = !next.HasFailed;
            await CommitOrLeaveAsync(next, isStored, cancellationToken).ConfigureAwait(false);
            _ended(next, isStored);
            lock (_gate)
            {
                next.HasEnded = true; // no parent comes after that
                if (isStored && !next.IsLeftOut) _nodes.Remove(next.Key); // from now on the store itself answers for it; it has nothing left out
            }

            foreach (var parent in next.Parents)
            {
                if (next is { IsIncompleteUpstream: true, IsRoot: false }) parent.IsIncompleteUpstream = true;
                if (parent.ReleaseDependency(isStored)) ending.Push(parent);
            }
        }
    }

    /// <summary>Catalogs that have not been committed; what is staged of them, another run can go on with. Only after all workers have stopped.</summary>
    public IReadOnlySet<ObjectKey> Uncommitted()
    {
        lock (_gate) return _nodes.Values.Where(static node => !node.IsLeftOut).Select(static node => node.Key).ToHashSet();
    }

    private async ValueTask CommitOrLeaveAsync(CatalogNode node, bool isStored, CancellationToken cancellationToken)
    {
        if (node.Staged is not { } staged) return;
        node.Staged = null;
        // Stays where the next run finds it. But a historic root of which the upstream lacks something may have been collected since it was staged:
        // it has to be asked for anew, or every run would be after the rest of it.
        bool isDoubtful = !isStored && node is { Kind: RootKind.Historic, IsIncompleteUpstream: true };
        if (isDoubtful) Interlocked.Increment(ref _doubtfulRoots);
        if (!isStored && !node.IsUnusable && !isDoubtful) return;
        if (isStored) await staged.CommitAsync(cancellationToken).ConfigureAwait(false); // if the disk refuses, it stays as well
        await staged.DisposeAsync().ConfigureAwait(false);
    }
}
