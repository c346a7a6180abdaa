// From the roots of a goal to every object that is missing.
//
//   goal ► root catalogs ─► load: present? ─yes─► done, with all below it
//                             │no
//                             ▼
//          take over or fetch, verify, stage, open ─► nested catalogs ─► load …
//                             │                └► predecessor (HEAD and historic roots, when history is wanted) ─► load …
//                             ▼
//        list references in batches, without those of its counterpart ─► claim ─► present? ─no─► ready for transfer
//
// The counterpart is the catalog that stood in the same place in a revision that is stored: what that one refers to is there.
//
// Must stay true
//   - A catalog found in the store is not looked into: its subtree is there. CatalogCompletion makes that true.
//   - Only a historic root may be missing upstream ("collected") or too old ("pruned"); it then simply is not part of the replica.
//   - Predecessors are followed from root to root only: the nested catalogs of a revision are reached through its root.
//   - Bind mountpoints are not followed.
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Compression;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Transfer;

namespace Cvmfs.Net.Replication.Planning;

/// <summary>Finds out what a goal needs. Brings catalogs; objects it only names.</summary>
internal sealed class CatalogWalker
{
    private readonly SnapshotGoal _goal;
    private readonly RunServices _services;
    private readonly TransferScheduler _scheduler;
    private readonly CatalogCompletion _completion;
    private readonly InFlightObjects _inFlight;
    private readonly CatalogLoader _loader;
    private readonly CounterpartCache _counterparts;
    private readonly CatalogNode _nobody = new(default, RepositoryPath.Root, 0, RootKind.Nested); // waits for what no catalog has asked for yet
    private readonly RevisionChain _revisions = new();

    public CatalogWalker(SnapshotGoal goal, RunServices services, TransferScheduler scheduler, CatalogCompletion completion, InFlightObjects inFlight)
    {
        (_goal, _services, _scheduler, _completion, _inFlight, _loader) = (goal, services, scheduler, completion, inFlight, new CatalogLoader(services));
        _counterparts = new CounterpartCache(services, _loader);
    }

    private SnapshotCounters Counters => _services.Counters;

    /// <summary>Puts the roots on the schedule; HEAD last, so that it comes first. And what the last run could not get: it comes before all else.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        var pending = new List<ObjectKey>();
        foreach (var key in _services.Journal?.Pending ?? [])
        {
            if (key.Suffix is not (ObjectSuffix.None or ObjectSuffix.Partial or ObjectSuffix.MicroCatalog)) continue; // the others are asked for early anyway
            if (!await _services.Presence.ContainsAsync(key, cancellationToken).ConfigureAwait(false) && _inFlight.Claim(key, _nobody)) pending.Add(key);
        }

        _scheduler.AddReady(pending);

        // A tag on HEAD itself adds nothing: HEAD is as strict.
        foreach (var tag in _goal.Tags.Reverse().Where(tag => tag != _goal.Head))
        {
            _revisions.AddTag(tag);
            Require(Key(tag), null, RepositoryPath.Root, 0, RootKind.Tag);
        }

        Require(Key(_goal.Head), null, RepositoryPath.Root, _goal.HeadSize, RootKind.Head);
    }

    /// <summary>Brings and opens one catalog, and requires what it names.</summary>
    public async Task LoadAsync(CatalogNode node, CancellationToken cancellationToken)
    {
        Catalog? catalog = null;
        CounterpartCache.Lease? counterpart = null;
        bool isOpen = false;
        try
        {
            var presence = await _services.Presence.FindCatalogAsync(node.Key, cancellationToken).ConfigureAwait(false);
            if (presence == CatalogPresence.Whole)
            {
                Counters.CatalogKnown();
                var predecessor = await PredecessorOfKnownAsync(node, cancellationToken).ConfigureAwait(false);
                if (node.Kind == RootKind.Tag) FollowFromTag(node, predecessor);
                else if (node.IsRoot) RequirePredecessor(node, predecessor);
                await _completion.ReleaseAsync(node, succeeded: true, cancellationToken).ConfigureAwait(false);
                return;
            }

            catalog = presence == CatalogPresence.Alone
                ? await _loader.OpenStoredAsync(node, cancellationToken).ConfigureAwait(false)
                : await BringAsync(node, cancellationToken).ConfigureAwait(false);
            if (catalog is null)
            {
                if (node.Kind == RootKind.Tag && !node.IsPutOff) FollowFromTag(node, default);
                return;
            }

            IEnumerable<ContentHash> candidates = node.IsRoot ? [catalog.PreviousRevision, _goal.Served] : [node.Counterpart];
            counterpart = await _counterparts.FindAsync(node, catalog, candidates, cancellationToken).ConfigureAwait(false);
            foreach (var nested in catalog.NestedCatalogs)
            {
                if (!nested.IsBind) RequireNested(node, nested, counterpart?.Counterpart);
            }

            if (node.IsRoot && (node.Kind == RootKind.Tag || _goal.FollowHistory))
            {
                var predecessor = await PredecessorAsync(catalog, presence, cancellationToken).ConfigureAwait(false);
                if (node.Kind == RootKind.Tag) FollowFromTag(node, predecessor);
                else RequirePredecessor(node, predecessor);
            }

            if (_services.Journal?.IsListed(node.Key) == true)
            {
                await ReleaseOwnAsync(node, succeeded: true, cancellationToken).ConfigureAwait(false);
                return;
            }

            long expected = ExpectedOf(catalog.Statistics.Self);
            var open = new OpenCatalog(node, catalog, catalog.ReadObjectReferencesWithRepeats(cancellationToken).GetEnumerator(), counterpart, expected);
            isOpen = true;
            Counters.ReferencesExpected(open.Expected);
            _scheduler.Opened(open);
        }
        catch (CvmfsException e) when (e is CvmfsFormatException or UnsupportedCompressionException)
        {
            Fail(node, e);
            await ReleaseOwnAsync(node, succeeded: false, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!isOpen)
            {
                counterpart?.Dispose();
                catalog?.Dispose();
                _scheduler.Closed(node);
            }
        }
    }

    /// <summary>Reads the next batch of references and hands over those that are missing.</summary>
    public async Task ListAsync(OpenCatalog catalog, CancellationToken cancellationToken)
    {
        var batch = new List<ObjectReference>(_services.Limits.BatchReferences);
        var missing = new List<ObjectKey>();
        bool hasMore = false;
        bool succeeded = false;
        try
        {
            hasMore = catalog.Read(batch, _services.Limits.BatchReferences);
            Counters.ReferencesRead(catalog.Taken);
            Counters.ReferencesUnchanged(catalog.Unchanged);
            if (!hasMore) Counters.ReferencesExpected(-catalog.Expected); // the claim gives way to the fact
            await ClaimMissingAsync(catalog.Node, batch, missing, cancellationToken).ConfigureAwait(false);
            succeeded = true;
        }
        catch (CvmfsException e) when (e is CvmfsFormatException or UnsupportedCompressionException)
        {
            Fail(catalog.Node, e);
            hasMore = false;
        }
        finally
        {
            if (!hasMore) catalog.Dispose();
            _scheduler.Listed(catalog, missing, hasMore);
        }

        if (hasMore) return;
        _scheduler.Closed(catalog.Node);
        await ReleaseOwnAsync(catalog.Node, succeeded, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends an object's claim and lets the catalogs that waited for it move on.</summary>
    /// <param name="key">The object.</param>
    /// <param name="failure">Why it did not come; null where it is there.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async ValueTask ReleaseAsync(ObjectKey key, TransferFailure? failure, CancellationToken cancellationToken)
    {
        var waiters = _inFlight.Release(key);
        // What the last run lacked and nobody asks for any more is no loss; if somebody does later, it is tried again.
        if (failure is not null && (waiters.First != _nobody || waiters.Others is not null)) _services.Report(failure);
        bool isGone = failure?.Reason == TransferFailureReason.Missing;
        foreach (var waiter in (waiters.Others ?? []).Prepend(waiters.First))
        {
            if (isGone) waiter.IsIncompleteUpstream = true;
            await ReleaseOwnAsync(waiter, failure is null, cancellationToken).ConfigureAwait(false);
        }
    }

    // Equal files share an object, so this is an upper bound; catalogs without statistics claim nothing.
    private static long ExpectedOf(CatalogCounters self) => self.Regular - self.External + self.Chunks;

    private static ObjectKey Key(ContentHash root) => new(root, ObjectSuffix.Catalog);

    /// <summary>Ends the listing of a catalog, or one of its objects. After the last of them it waits for other catalogs only.</summary>
    private async ValueTask ReleaseOwnAsync(CatalogNode node, bool succeeded, CancellationToken cancellationToken)
    {
        if (!node.ReleaseObject(succeeded) || node == _nobody) return;
        if (!node.LacksObjects && node.WaitsForCatalogs) _services.Journal?.Listed(node.Key);
        await _completion.ReleaseAsync(node, !node.LacksObjects, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask ClaimMissingAsync(CatalogNode node, List<ObjectReference> batch, List<ObjectKey> missing, CancellationToken cancellationToken)
    {
        int present = 0;
        foreach (var reference in batch)
        {
            if (!_inFlight.Claim(reference.Key, node)) continue;
            if (!await _services.Presence.ContainsAsync(reference.Key, cancellationToken).ConfigureAwait(false))
            {
                _services.FoundMissing?.Invoke(reference);
                missing.Add(reference.Key);
                continue;
            }

            present++;
            await ReleaseAsync(reference.Key, failure: null, cancellationToken).ConfigureAwait(false);
        }

        Counters.ObjectsFoundPresent(present);
    }

    /// <summary>Null if there is nothing to open: collected, too old, or failed, and the node is released; or put off, and it comes again.</summary>
    private async Task<Catalog?> BringAsync(CatalogNode node, CancellationToken cancellationToken)
    {
        var (catalog, failure) = await _loader.BringAsync(node, cancellationToken).ConfigureAwait(false);
        if (catalog is null && failure is null)
        {
            Counters.CatalogKnown(); // by now
            await _completion.ReleaseAsync(node, succeeded: true, cancellationToken).ConfigureAwait(false);
            return null;
        }

        if (catalog is null)
        {
            failure = failure! with { Catalog = node.Mountpoint.ToString() };
            node.IsPutOff = _scheduler.TryPutOff(new WorkItem(WorkKind.LoadCatalog, Node: node), failure);
            if (node.IsPutOff) return null;
            bool isCollected = failure.Reason == TransferFailureReason.Missing && node.Kind == RootKind.Historic && _goal.OldestWanted is not null;
            node.IsLeftOut = isCollected;
            node.IsIncompleteUpstream = failure.Reason == TransferFailureReason.Missing && !isCollected;
            if (isCollected) Counters.RevisionCollected();
            else _services.Report(failure);
            await _completion.ReleaseAsync(node, succeeded: isCollected, cancellationToken).ConfigureAwait(false);
            return null;
        }

        if (!IsTooOld(node, catalog)) return catalog;

        catalog.Dispose();
        if (node.Staged is { } staged) await staged.DisposeAsync().ConfigureAwait(false);
        node.Staged = null;
        node.IsLeftOut = true;
        Counters.RevisionPruned();
        await _completion.ReleaseAsync(node, succeeded: true, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>Where the walk back goes on from a root that the store has: nowhere, unless a run left it that did not get as far as the reflog. Such a
    /// run may have stored a tag before the revisions that lead to it, and what it stored has to be logged.</summary>
    private async ValueTask<ContentHash> PredecessorOfKnownAsync(CatalogNode node, CancellationToken cancellationToken)
    {
        if (!node.IsRoot || !_goal.FollowHistory || node.Key.Hash == _goal.Served || _goal.IsLogged(node.Key.Hash)) return default;
        using var catalog = await _loader.OpenStoredAsync(node, cancellationToken).ConfigureAwait(false);
        return IsTooOld(node, catalog) ? default : catalog.PreviousRevision;
    }

    private bool IsTooOld(CatalogNode node, Catalog catalog)
        => node.Kind == RootKind.Historic && _goal.OldestWanted is { } oldest && catalog.LastModified < oldest.ToUnixTimeSeconds();

    /// <summary>A walk under a new filter goes back through the revisions that are here; it is no reason to bring those that never were.</summary>
    private async ValueTask<ContentHash> PredecessorAsync(Catalog root, CatalogPresence presence, CancellationToken cancellationToken)
    {
        var predecessor = root.PreviousRevision;
        if (presence == CatalogPresence.Absent || !_services.Presence.DistrustsSubtrees || predecessor.IsNull) return predecessor;
        return await _services.Objects.ContainsAsync(Key(predecessor), cancellationToken).ConfigureAwait(false) ? predecessor : default;
    }

    private void RequireNested(CatalogNode parent, NestedCatalog nested, Counterpart? counterpart)
    {
        if (_goal.Filter?.Includes(nested.Mountpoint) == false)
        {
            Counters.CatalogFilteredOut();
            return;
        }

        if (nested.Hash.IsNull) throw new CvmfsFormatException(parent.Key.ToString(), $"names no catalog for its mountpoint {nested.Mountpoint}.");
        var before = counterpart?.NestedAt(nested.Mountpoint) ?? default;
        Require(Key(nested.Hash), parent, nested.Mountpoint, nested.Size, RootKind.Nested, before);
    }

    private void RequirePredecessor(CatalogNode successor, ContentHash predecessor)
    {
        while (!predecessor.IsNull)
        {
            bool isTag = _revisions.Arrive(predecessor, successor, out var next);
            Require(Key(predecessor), successor, RepositoryPath.Root, 0, RootKind.Historic);
            if (!isTag) return; // its own predecessor is required when it is loaded
            predecessor = next;
        }
    }

    private void FollowFromTag(CatalogNode tag, ContentHash predecessor)
    {
        foreach (var successor in _revisions.Resolve(tag.Key.Hash, predecessor)) RequirePredecessor(successor, predecessor);
    }

    private void Require(ObjectKey key, CatalogNode? parent, RepositoryPath mountpoint, long size, RootKind kind, ContentHash counterpart = default)
    {
        if (_completion.Require(key, parent, () => new CatalogNode(key, mountpoint, size, kind) { Counterpart = counterpart }) is { } added) _scheduler.Add(added);
    }

    private void Fail(CatalogNode node, CvmfsException e)
    {
        node.IsUnusable = true;
        _services.Report(new TransferFailure(node.Key, TransferFailureReason.Unreadable, node.Mountpoint.ToString(), e.Message));
    }
}
