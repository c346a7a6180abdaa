// From the roots of a goal to every object that is missing.
//
//   goal ► root catalogs ─► load: present? ─yes─► done, with all below it
//                             │no
//                             ▼
//                  fetch, verify, stage, open ─► nested catalogs ─► load …
//                             │                └► predecessor (HEAD and historic roots, when history is wanted) ─► load …
//                             ▼
//                  list references in batches ─► claim ─► present? ─no─► ready for transfer
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
    private readonly RevisionChain _revisions = new();

    public CatalogWalker(SnapshotGoal goal, RunServices services, TransferScheduler scheduler, CatalogCompletion completion, InFlightObjects inFlight)
        => (_goal, _services, _scheduler, _completion, _inFlight) = (goal, services, scheduler, completion, inFlight);

    private SnapshotCounters Counters => _services.Counters;

    /// <summary>Puts the roots on the schedule; HEAD last, so that it comes first.</summary>
    public void Begin()
    {
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
        bool isOpen = false;
        try
        {
            if (await _services.Objects.ContainsAsync(node.Key, cancellationToken).ConfigureAwait(false))
            {
                Counters.CatalogKnown();
                if (node.Kind == RootKind.Tag) FollowFromTag(node, default);
                await _completion.ReleaseAsync(node, succeeded: true, cancellationToken).ConfigureAwait(false);
                return;
            }

            catalog = await BringAsync(node, cancellationToken).ConfigureAwait(false);
            if (catalog is null)
            {
                if (node.Kind == RootKind.Tag) FollowFromTag(node, default);
                return;
            }

            foreach (var nested in catalog.NestedCatalogs)
            {
                if (!nested.IsBind) RequireNested(node, nested);
            }

            if (node.Kind == RootKind.Tag) FollowFromTag(node, catalog.PreviousRevision);
            else if (node.IsRoot && _goal.FollowHistory) RequirePredecessor(node, catalog.PreviousRevision);

            var open = new OpenCatalog(node, catalog, catalog.ReadObjectReferences(cancellationToken).GetEnumerator(), ExpectedOf(catalog.Statistics.Self));
            isOpen = true;
            Counters.ReferencesExpected(open.Expected);
            _scheduler.Opened(open);
        }
        catch (CvmfsException e) when (e is CvmfsFormatException or UnsupportedCompressionException)
        {
            Fail(node, e);
            await _completion.ReleaseAsync(node, succeeded: false, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!isOpen)
            {
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
            Counters.ReferencesRead(batch.Count);
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
        await _completion.ReleaseAsync(catalog.Node, succeeded, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends an object's claim and lets the catalogs that waited for it move on.</summary>
    public async ValueTask ReleaseAsync(ObjectKey key, bool succeeded, CancellationToken cancellationToken)
    {
        var waiters = _inFlight.Release(key);
        await _completion.ReleaseAsync(waiters.First, succeeded, cancellationToken).ConfigureAwait(false);
        foreach (var other in waiters.Others ?? []) await _completion.ReleaseAsync(other, succeeded, cancellationToken).ConfigureAwait(false);
    }

    // Equal files share an object, so this is an upper bound; catalogs without statistics claim nothing.
    private static long ExpectedOf(CatalogCounters self) => self.Regular - self.External + self.Chunks;

    private static ObjectKey Key(ContentHash root) => new(root, ObjectSuffix.Catalog);

    private async ValueTask ClaimMissingAsync(CatalogNode node, List<ObjectReference> batch, List<ObjectKey> missing, CancellationToken cancellationToken)
    {
        int present = 0;
        foreach (var reference in batch)
        {
            if (!_inFlight.Claim(reference.Key, node)) continue;
            if (!await _services.Objects.ContainsAsync(reference.Key, cancellationToken).ConfigureAwait(false))
            {
                missing.Add(reference.Key);
                continue;
            }

            present++;
            await ReleaseAsync(reference.Key, succeeded: true, cancellationToken).ConfigureAwait(false);
        }

        Counters.ObjectsFoundPresent(present);
    }

    /// <summary>Null if there is nothing to open: collected, too old, or failed. The node is released then.</summary>
    private async Task<Catalog?> BringAsync(CatalogNode node, CancellationToken cancellationToken)
    {
        var (staged, failure) = await _services.Transfers.StageAsync(node.Key, cancellationToken).ConfigureAwait(false);
        if (staged is null)
        {
            bool isCollected = failure!.Reason == TransferFailureReason.Missing && node.Kind == RootKind.Historic;
            node.IsLeftOut = isCollected;
            if (isCollected) Counters.RevisionCollected();
            else _services.Report(failure with { Catalog = node.Mountpoint.ToString() });
            await _completion.ReleaseAsync(node, succeeded: isCollected, cancellationToken).ConfigureAwait(false);
            return null;
        }

        node.Staged = staged;
        Counters.CatalogFetched(staged.Length);
        Catalog catalog;
        var stored = await staged.OpenReadAsync(cancellationToken).ConfigureAwait(false);
        await using (stored.ConfigureAwait(false))
        {
            catalog = await _services.Opener.OpenAsync(stored, node, cancellationToken).ConfigureAwait(false);
        }

        if (node.Kind != RootKind.Historic || _goal.OldestWanted is not { } oldest || catalog.LastModified >= oldest.ToUnixTimeSeconds()) return catalog;

        catalog.Dispose();
        node.Staged = null;
        node.IsLeftOut = true;
        await staged.DisposeAsync().ConfigureAwait(false);
        Counters.RevisionPruned();
        await _completion.ReleaseAsync(node, succeeded: true, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private void RequireNested(CatalogNode parent, NestedCatalog nested)
    {
        if (nested.Hash.IsNull) throw new CvmfsFormatException(parent.Key.ToString(), $"names no catalog for its mountpoint {nested.Mountpoint}.");
        Require(Key(nested.Hash), parent, nested.Mountpoint, nested.Size, RootKind.Nested);
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

    private void Require(ObjectKey key, CatalogNode? parent, RepositoryPath mountpoint, long size, RootKind kind)
    {
        if (_completion.Require(key, parent, () => new CatalogNode(key, mountpoint, size, kind)) is { } added) _scheduler.Add(added);
    }

    private void Fail(CatalogNode node, CvmfsException e)
        => _services.Report(new TransferFailure(node.Key, TransferFailureReason.Unreadable, node.Mountpoint.ToString(), e.Message));
}
