using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Repositories;

/// <summary>Loads the nested catalogs of one catalog ahead of a walk that reaches them in path order: a bounded number, several at once.</summary>
/// <remarks>One user at a time. Leases that were not taken are given back on disposal.</remarks>
internal sealed class NestedPrefetch : IDisposable
{
    private readonly CatalogTree _tree;
    private readonly Catalog _parent;
    private readonly List<NestedCatalog> _upcoming = [];
    private readonly Queue<Task<CatalogLease>> _loading = new();
    private readonly int _ahead;
    private readonly CancellationToken _cancellationToken;
    private int _reached; // index of the first one that the walk has not come to; the queue begins there
    private int _started;

    /// <summary>Begins to load.</summary>
    /// <param name="tree">Opens catalogs.</param>
    /// <param name="parent">The catalog that is walked; must stay open.</param>
    /// <param name="below">Where the walk begins.</param>
    /// <param name="ahead">How many to load ahead.</param>
    /// <param name="cancellationToken">Ends the loads; cancelled by the owner before disposal.</param>
    public NestedPrefetch(CatalogTree tree, Catalog parent, RepositoryPath below, int ahead, CancellationToken cancellationToken)
    {
        (_tree, _parent, _ahead, _cancellationToken) = (tree, parent, ahead, cancellationToken);
        foreach (var nested in parent.NestedCatalogs)
        {
            if (!nested.IsBind && nested.Mountpoint.IsAtOrBelow(below)) _upcoming.Add(nested);
        }

        StartUpTo(_ahead);
    }

    /// <summary>Takes the lease of the catalog that the walk came to.</summary>
    public ValueTask<CatalogLease> TakeAsync(NestedCatalog nested)
    {
        // What lies before it was passed over: hidden, or not wanted.
        while (_reached < _upcoming.Count && _upcoming[_reached].Mountpoint < nested.Mountpoint) Skip();
        if (_reached == _upcoming.Count || _upcoming[_reached].Mountpoint != nested.Mountpoint) return _tree.OpenNestedAsync(_parent, nested, _cancellationToken);
        StartUpTo(_reached + 1 + _ahead);
        _reached++;
        return new ValueTask<CatalogLease>(_loading.Dequeue());
    }

    public void Dispose()
    {
        while (_loading.Count > 0) Skip();
    }

    private void StartUpTo(int end)
    {
        for (; _started < end && _started < _upcoming.Count; _started++)
        {
            _loading.Enqueue(_tree.OpenNestedAsync(_parent, _upcoming[_started], _cancellationToken).AsTask());
        }
    }

    private void Skip()
    {
        _reached++;
        if (_reached > _started)
        {
            _started = _reached;
            return;
        }

        _loading.Dequeue().ContinueWith(
            static done =>
            {
                if (done.IsCompletedSuccessfully) done.Result.Dispose();
                else _ = done.Exception; // whoever needs the catalog will see it again
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}
