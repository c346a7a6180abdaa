using System.Collections.Concurrent;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Filtering;
using Cvmfs.Net.Replication.References;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Collection;

/// <summary>Walks down from root catalogs, each catalog once for the best of its fates, and hands on what the catalogs refer to.</summary>
/// <remarks>The walk goes level by level, several catalogs at a time. A catalog costs some 100 bytes for the length of the run.</remarks>
/// <param name="reader">Says what catalogs refer to.</param>
/// <param name="filter">Which catalogs a partial replica has; null for all.</param>
/// <param name="workers">Catalogs read at once.</param>
/// <param name="logger">Hears of garbage that cannot be read.</param>
internal sealed class CatalogMarker(ReferenceReader reader, PathFilter? filter, int workers, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ObjectKey, CatalogFate> _fates = [];
    private readonly Dictionary<ObjectKey, ObjectKey[]> _below = []; // of condemned catalogs
    private long _references;

    /// <summary>Catalogs that are known.</summary>
    public long Count
    {
        get { lock (_gate) return _fates.Count; }
    }

    /// <summary>References handed on, repeats included.</summary>
    public long References => Interlocked.Read(ref _references);

    /// <summary>Catalogs of a fate.</summary>
    public long CountOf(CatalogFate fate)
    {
        lock (_gate) return _fates.Values.LongCount(known => known == fate);
    }

    /// <summary>What becomes of a catalog; null if it is not known.</summary>
    public CatalogFate? FateOf(ObjectKey catalog)
    {
        lock (_gate) return _fates.TryGetValue(catalog, out var fate) ? fate : null;
    }

    /// <summary>Looks at a root catalog without going down.</summary>
    /// <param name="root">Which.</param>
    /// <param name="sink">Takes what it refers to, if this is its first visit with that fate.</param>
    /// <param name="open">Takes the catalogs below it, if so.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it says; null if it is not there.</returns>
    /// <exception cref="CollectionRefusedException">It cannot be read, and must be.</exception>
    /// <exception cref="IOException">The storage fails.</exception>
    public async Task<CatalogReferences?> KeepRootAsync(ObjectKey root, ReferenceSink sink, List<CatalogVisit> open, CancellationToken cancellationToken)
    {
        bool isFirst = FateOf(root) != CatalogFate.Kept;
        var references = await ReadStrictlyAsync(new CatalogVisit(root, RepositoryPath.Root), isFirst ? sink : null, cancellationToken).ConfigureAwait(false);
        if (references is not null && isFirst)
        {
            lock (_gate) _fates[root] = CatalogFate.Kept;
            open.AddRange(references.Nested.Select(static nested => new CatalogVisit(nested.Catalog, nested.Mountpoint)));
        }

        return references;
    }

    /// <summary>Goes down from some catalogs, themselves included.</summary>
    /// <param name="open">Where to begin; the list is used up.</param>
    /// <param name="fate">What becomes of all that it finds, unless something better does.</param>
    /// <param name="sink">Takes what they refer to; null where that is not wanted.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CollectionRefusedException">Something that is kept is missing or cannot be read.</exception>
    /// <exception cref="IOException">The storage fails.</exception>
    public async Task WalkAsync(List<CatalogVisit> open, CatalogFate fate, ReferenceSink? sink, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken };
        while (open.Count > 0)
        {
            var next = new List<CatalogVisit>();
            await Parallel.ForEachAsync(open, parallel, async (visit, token) =>
            {
                if (!Claims(visit, fate)) return;
                var references = fate == CatalogFate.Kept
                    ? await ReadKeptAsync(visit, sink, token).ConfigureAwait(false)
                    : await ReadLenientlyAsync(visit, fate, sink, token).ConfigureAwait(false);
                if (references is null) return;
                lock (_gate)
                {
                    if (fate == CatalogFate.Condemned) _below[visit.Catalog] = [.. references.Nested.Select(static nested => nested.Catalog)];
                    foreach (var nested in references.Nested) next.Add(visit.To(nested));
                }
            }).ConfigureAwait(false);
            open.Clear();
            (open, next) = (next, open);
        }
    }

    /// <summary>Takes note that a condemned catalog is gone.</summary>
    public void Removed(ObjectKey catalog)
    {
        lock (_gate) _fates[catalog] = CatalogFate.Removed;
    }

    /// <summary>The condemned catalogs, every one before those below it: so that whenever the removing ends, no catalog stays that lacks one of its own.</summary>
    public List<ObjectKey> Condemned()
    {
        lock (_gate)
        {
            var waiting = new Dictionary<ObjectKey, int>();
            foreach (var (catalog, fate) in _fates)
            {
                if (fate == CatalogFate.Condemned) waiting[catalog] = 0;
            }

            foreach (var nested in waiting.Keys.ToList().SelectMany(Below))
            {
                if (waiting.TryGetValue(nested, out int above)) waiting[nested] = above + 1;
            }

            // Level by level, and by name within one: a dry run finds the same order as the real one.
            var ordered = new List<ObjectKey>(waiting.Count);
            for (var level = waiting.Where(static known => known.Value == 0).Select(static known => known.Key).ToList(); level.Count > 0;)
            {
                ordered.AddRange(level.OrderBy(ObjectRecord.Of));
                var next = new List<ObjectKey>();
                foreach (var nested in level.SelectMany(Below))
                {
                    if (waiting.TryGetValue(nested, out int above) && (waiting[nested] = above - 1) == 0) next.Add(nested);
                }

                level = next;
            }

            return ordered;
        }

        IEnumerable<ObjectKey> Below(ObjectKey catalog) => _below.TryGetValue(catalog, out var below) ? below : [];
    }

    private bool Claims(CatalogVisit visit, CatalogFate fate)
    {
        if (visit.Catalog.Hash.IsNull) return fate == CatalogFate.Kept; // to be refused, not passed over
        lock (_gate)
        {
            if (_fates.TryGetValue(visit.Catalog, out var known) && known >= fate) return false;
            _fates[visit.Catalog] = fate;
            return true;
        }
    }

    private async Task<CatalogReferences?> ReadKeptAsync(CatalogVisit visit, ReferenceSink? sink, CancellationToken cancellationToken)
    {
        bool isLeftOut = filter?.Includes(visit.Mountpoint) == false;
        if (isLeftOut && visit.Catalog.Hash.IsNull) return null;
        if (visit.Catalog.Hash.IsNull) throw Unreadable(visit, "is not named by the catalog above it", null);
        var references = await ReadStrictlyAsync(visit, sink, cancellationToken).ConfigureAwait(false);
        return references is not null || isLeftOut ? references : throw Unreadable(visit, "is missing", null);
    }

    private async Task<CatalogReferences?> ReadStrictlyAsync(CatalogVisit visit, ReferenceSink? sink, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(visit, sink, mayBeGone: false, cancellationToken).ConfigureAwait(false);
        }
        catch (CvmfsException e)
        {
            throw Unreadable(visit, $"cannot be read: {e.Message}", e);
        }
    }

    private async Task<CatalogReferences?> ReadLenientlyAsync(CatalogVisit visit, CatalogFate fate, ReferenceSink? sink, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(visit, sink, mayBeGone: fate == CatalogFate.Condemned, cancellationToken).ConfigureAwait(false);
        }
        catch (CvmfsException e)
        {
            // Nobody who is kept needs it, and its name promises what it does not hold: it goes. What only it refers to is found by listing.
            logger.GarbageUnreadable(visit.Catalog, e.Message);
            lock (_gate) _fates[visit.Catalog] = CatalogFate.Condemned;
            return null;
        }
    }

    private async Task<CatalogReferences?> ReadAsync(CatalogVisit visit, ReferenceSink? sink, bool mayBeGone, CancellationToken cancellationToken)
    {
        var lane = sink?.Take();
        try
        {
            var references = await reader.ReadAsync(visit.Catalog, lane, mayBeGone, cancellationToken).ConfigureAwait(false);
            if (references is null || lane is null) return references;
            Interlocked.Add(ref _references, references.ReferenceCount);
            if (sink!.TakesCatalogs) lane.Add(ObjectRecord.Of(visit.Catalog));
            return references;
        }
        finally
        {
            if (lane is not null) sink!.Return(lane);
        }
    }

    private static CollectionRefusedException Unreadable(CatalogVisit visit, string what, Exception? cause) => new(
        CollectionOutcome.CatalogUnreadable, $"catalog {visit.Catalog} of a kept revision, mounted at \"{visit.Mountpoint}\", {what}; what is below it cannot be known.", cause);
}

/// <summary>A catalog to go to.</summary>
/// <param name="Catalog">The object.</param>
/// <param name="Mountpoint">Where the way to it leads.</param>
internal readonly record struct CatalogVisit(ObjectKey Catalog, RepositoryPath Mountpoint)
{
    /// <summary>The way on to a catalog below.</summary>
    public CatalogVisit To(NestedReference nested) => new(nested.Catalog, RepositoryPath.FromBytes([.. Mountpoint.Bytes, .. nested.Mountpoint.Bytes]));
}

/// <summary>Where references go: a sorter with a lane for everybody who may be adding. Thread-safe.</summary>
internal sealed class ReferenceSink
{
    private readonly ConcurrentBag<ObjectSorter.Lane> _lanes = [];

    /// <summary>Opens a sorter for several.</summary>
    /// <param name="sorter">The sorter.</param>
    /// <param name="lanes">How many.</param>
    /// <param name="takesCatalogs">Whether catalogs themselves go there, too.</param>
    public ReferenceSink(ObjectSorter sorter, int lanes, bool takesCatalogs)
    {
        TakesCatalogs = takesCatalogs;
        for (int i = 0; i < lanes; i++) _lanes.Add(sorter.AddLane());
    }

    /// <summary>Whether catalogs themselves go there, too.</summary>
    public bool TakesCatalogs { get; }

    /// <summary>Takes a lane, to be returned.</summary>
    public ObjectSorter.Lane Take() => _lanes.TryTake(out var lane) ? lane : throw new InvalidOperationException("More are adding than were announced.");

    /// <summary>Returns a lane.</summary>
    public void Return(ObjectSorter.Lane lane) => _lanes.Add(lane);
}
