// Finds the garbage, beside snapshots; and looks again, when the locks are held, at what they changed meanwhile.
//
//   HEAD, its predecessors, tags ─► CatalogMarker ─► kept references ─────┐
//   catalogs that no root leads to (pins) ────────────────────────────────┤
//                                                                         ├─► condemned, less kept ─► list
//   other logged roots, lists of runs that were cut off ─► condemned ─────┤
//   data/00 … data/ff, where asked for ───────────────────────────────────┘
// Must stay true
//   - What is kept is known as a whole, or nothing is removed: a kept catalog that is missing or cannot be read ends the run.
//   - A catalog that lies in the storage and is not condemned keeps all that it refers to, whoever put it there: a later snapshot may find it and
//     believe that it is whole.
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Filtering;
using Cvmfs.Net.Replication.Planning;
using Cvmfs.Net.Replication.References;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Collection;

/// <summary>What a run knows of kept and condemned objects.</summary>
internal sealed class GarbageSearch : IDisposable
{
    private const long MaxDatabaseBytes = 4L << 30; // as for snapshots

    private readonly CollectionOptions _options;
    private readonly RevisionRule _rule;
    private readonly FileObjectStore _files;
    private readonly StorageListing _listing;
    private readonly CatalogStock _stock;
    private readonly string _temporary;
    private readonly int _workers;
    private readonly DateTimeOffset _oldEnough;
    private readonly ILogger _logger;
    private readonly List<SortedObjects> _sorted = [];
    private readonly HashSet<ObjectKey> _unreferencedCatalogs = [];
    private readonly List<ObjectKey> _auxiliary = [];
    private ServedState? _state;
    private SortedObjects? _kept;
    private SortedObjects? _condemned;
    private long _spilled;

    public GarbageSearch(ReplicaLocation location, CollectionOptions options, PathFilter? filter, DateTimeOffset now, ILogger logger)
    {
        (_options, _rule, _logger) = (options, RevisionRule.Of(options, now), logger);
        _oldEnough = TimeProvider.System.GetUtcNow() - options.GracePeriod; // ages of files are by the clock of the files
        _files = new FileObjectStore(location.StorageFolder);
        _temporary = Path.Combine(location.StorageFolder, ObjectPath.TransactionFolder, "sorting");
        _workers = Math.Clamp(Environment.ProcessorCount, 2, 4);
        _listing = new StorageListing(location.StorageFolder, options.MemoryBytes / 8, _temporary);
        _stock = new CatalogStock(location.StorageFolder, _workers);
        Lists = new ReferenceLists(location.SpoolFolder, options.DryRun ? 0 : options.ReferenceListBytes);
        Reader = new ReferenceReader(_files, new CatalogOpener(_temporary, MaxDatabaseBytes), Lists);
        Marker = new CatalogMarker(Reader, filter, _workers, logger);
    }

    /// <summary>The catalogs.</summary>
    public CatalogMarker Marker { get; }

    /// <summary>Says what catalogs refer to.</summary>
    public ReferenceReader Reader { get; }

    /// <summary>Kept lists of references.</summary>
    public ReferenceLists Lists { get; }

    /// <summary>HEAD and its kept predecessors.</summary>
    public long RevisionsKept { get; private set; }

    /// <summary>Tagged roots beyond those.</summary>
    public long TagsKept { get; private set; }

    /// <summary>Roots that are not here.</summary>
    public long RootsMissing { get; private set; }

    /// <summary>Objects found by listing that are too young.</summary>
    public long Spared { get; private set; }

    /// <summary>Names looked at.</summary>
    public long ObjectsListed => _stock.ObjectsListed + _listing.Objects;

    /// <summary>Bytes of sorted records that went through files.</summary>
    public long BytesSpilled => Interlocked.Read(ref _spilled);

    /// <summary>Condemned certificates, tag databases and meta information; they go last.</summary>
    public IReadOnlyList<ObjectKey> Auxiliary => _auxiliary;

    /// <summary>Finds out what is kept and what is not.</summary>
    /// <param name="state">What decides it.</param>
    /// <param name="leftovers">Lists of earlier runs.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CollectionRefusedException">Something that is kept is missing or cannot be read.</exception>
    /// <exception cref="IOException">The storage fails.</exception>
    public async Task MarkAsync(ServedState state, IReadOnlyList<CondemnedList> leftovers, CancellationToken cancellationToken)
    {
        _state = state;
        Directory.CreateDirectory(_temporary); // catalogs that are too large for memory are opened there
        using var keeping = new ObjectSorter(_options.MemoryBytes / 2, _temporary, _workers);
        var kept = new ReferenceSink(keeping, _workers, takesCatalogs: _options.Unreferenced);
        long oldest = await KeepAsync(state, kept, cancellationToken).ConfigureAwait(false);
        if (Marker.CountOf(CatalogFate.Kept) == 0) throw new CollectionRefusedException(CollectionOutcome.NothingKept, "not a single catalog would be kept.");

        var named = state.Named.ToHashSet();
        _auxiliary.AddRange(state.Auxiliary.Where(entry => entry.Timestamp < oldest).Select(static entry => entry.Key).Where(key => !named.Contains(key)).OrderBy(ObjectRecord.Of));
        Add(kept, [.. named, .. state.Auxiliary.Select(static entry => entry.Key).Except(_auxiliary)]);

        using var condemning = new ObjectSorter(_options.MemoryBytes * 3 / 8, _temporary, _workers);
        var condemned = new ReferenceSink(condemning, _workers, takesCatalogs: false);
        await CondemnAsync(state, leftovers, condemned, cancellationToken).ConfigureAwait(false);
        await PinAsync(await _stock.FindAsync(cancellationToken).ConfigureAwait(false), kept, cancellationToken).ConfigureAwait(false);

        _sorted.Add(_kept = keeping.Finish());
        _sorted.Add(_condemned = condemning.Finish());
        _spilled += keeping.BytesSpilled + condemning.BytesSpilled;
    }

    /// <summary>Looks at what changed since the last look. With the locks held.</summary>
    /// <returns>What is kept besides; null if nothing is. Lives as long as this does.</returns>
    /// <exception cref="CollectionRefusedException">Something that is kept is missing or cannot be read.</exception>
    /// <exception cref="IOException">The storage fails.</exception>
    public async Task<SortedObjects?> LookAgainAsync(ServedState now, CancellationToken cancellationToken)
    {
        long before = Marker.References;
        using var keeping = new ObjectSorter(_options.MemoryBytes / 8, _temporary, _workers);
        var kept = new ReferenceSink(keeping, _workers, takesCatalogs: _options.Unreferenced);
        bool isSame = now.IsSameAs(_state!);
        if (!isSame)
        {
            await KeepAsync(now, kept, cancellationToken).ConfigureAwait(false);
            Add(kept, [.. now.Named, .. now.Auxiliary.Except(_state!.Auxiliary).Select(static entry => entry.Key)]);
            _state = now;
        }

        await PinAsync(await _stock.FindAsync(cancellationToken).ConfigureAwait(false), kept, cancellationToken, maySpare: false).ConfigureAwait(false);
        if (isSame && Marker.References == before) return null;
        var more = keeping.Finish();
        _sorted.Add(more);
        _spilled += keeping.BytesSpilled;
        return more;
    }

    /// <summary>The catalogs that go, each before those below it.</summary>
    public IReadOnlyList<ObjectKey> CondemnedCatalogs() => Marker.Condemned();

    /// <summary>What goes after the catalogs, in order: what they refer to, then certificates and the like.</summary>
    /// <exception cref="IOException">The storage fails.</exception>
    public IEnumerable<CondemnedObject> CondemnedObjects(CancellationToken cancellationToken)
    {
        var garbage = OrderedJoin.Except(_condemned!.Read(cancellationToken), _kept!.Read(cancellationToken));
        foreach (var found in _options.Unreferenced ? WithUnreferenced(garbage, cancellationToken) : garbage.Select(static record => new CondemnedObject(record, false))) yield return found;
        foreach (var key in _auxiliary) yield return new CondemnedObject(ObjectRecord.Of(key), false);
    }

    /// <summary>Whether a condemned catalog was found by listing alone.</summary>
    public bool IsUnreferenced(ObjectKey catalog) => _unreferencedCatalogs.Contains(catalog);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var sorted in _sorted) sorted.Dispose();
        if (Directory.Exists(_temporary) && !Directory.EnumerateFileSystemEntries(_temporary).Any()) Directory.Delete(_temporary);
    }

    /// <summary>Keeps HEAD, its predecessors as far as the rule says, and all tags.</summary>
    /// <returns>When the oldest kept revision came here, Unix seconds.</returns>
    private async Task<long> KeepAsync(ServedState state, ReferenceSink sink, CancellationToken cancellationToken)
    {
        var open = new List<CatalogVisit>();
        long oldest = long.MaxValue;
        var roots = new HashSet<ContentHash>();
        var root = state.Manifest.RootCatalog;
        for (long depth = 0; !root.IsNull; depth++)
        {
            var references = await Marker.KeepRootAsync(Catalog(root), sink, open, cancellationToken).ConfigureAwait(false);
            if (references is null && depth == 0)
            {
                throw new CollectionRefusedException(CollectionOutcome.CatalogUnreadable, $"catalog {Catalog(root)}, the root of the revision served, is missing.");
            }

            if (references is null) break; // history was never copied further, or is collected: not an error
            roots.Add(root);
            long seconds = state.LoggedAt(root) ?? references.LastModified;
            oldest = Math.Min(oldest, seconds);
            if (_rule.StopsAt(depth, seconds)) break;
            root = references.PreviousRevision;
        }

        RevisionsKept = roots.Count;
        TagsKept = 0;
        foreach (var tag in state.Tags.Where(roots.Add))
        {
            var references = await Marker.KeepRootAsync(Catalog(tag), sink, open, cancellationToken).ConfigureAwait(false);
            if (references is null)
            {
                RootsMissing++;
                _logger.RootMissing(state.Manifest.RepositoryName, Catalog(tag));
                continue;
            }

            TagsKept++;
        }

        await Marker.WalkAsync(open, CatalogFate.Kept, sink, cancellationToken).ConfigureAwait(false);
        return oldest;
    }

    private async Task CondemnAsync(ServedState state, IReadOnlyList<CondemnedList> leftovers, ReferenceSink sink, CancellationToken cancellationToken)
    {
        var open = state.LoggedRoots.Select(Catalog).Where(root => Marker.FateOf(root) is null).OrderBy(ObjectRecord.Of).Select(static root => new CatalogVisit(root, RepositoryPath.Root)).ToList();
        foreach (var list in leftovers)
        {
            open.AddRange(list.Read(0, list.Catalogs).Select(static left => new CatalogVisit(left.Record.ToKey(), RepositoryPath.Root)));
            var lane = sink.Take();
            foreach (var left in list.Read(list.Catalogs, list.Count)) lane.Add(left.Record);
            sink.Return(lane);
        }

        await Marker.WalkAsync(open, CatalogFate.Condemned, sink, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Keeps what present catalogs need that no root leads to; where unreferenced objects are looked for, those that are old go.</summary>
    private async Task PinAsync(List<ObjectKey> present, ReferenceSink sink, CancellationToken cancellationToken, bool maySpare = true)
    {
        var old = new List<CatalogVisit>();
        var open = new List<CatalogVisit>();
        foreach (var catalog in present)
        {
            if (Marker.FateOf(catalog) is not (null or CatalogFate.Removed)) continue;
            bool isOld = maySpare && _options.Unreferenced && _listing.Inspect(catalog) is { } file && file.LastWriteTimeUtc < _oldEnough.UtcDateTime;
            (isOld ? old : open).Add(new CatalogVisit(catalog, RepositoryPath.Root));
        }

        await Marker.WalkAsync(open, CatalogFate.Pinned, sink, cancellationToken).ConfigureAwait(false);
        old.RemoveAll(visit => Marker.FateOf(visit.Catalog) is not null); // a younger one needs it
        foreach (var visit in old) _unreferencedCatalogs.Add(visit.Catalog);
        await Marker.WalkAsync(old, CatalogFate.Condemned, null, cancellationToken).ConfigureAwait(false);
    }

    private IEnumerable<CondemnedObject> WithUnreferenced(IEnumerable<ObjectRecord> garbage, CancellationToken cancellationToken)
    {
        var auxiliary = _auxiliary.ToHashSet();
        var unkept = OrderedJoin.Except(_listing.Read(cancellationToken), _kept!.Read(cancellationToken));
        foreach (var (record, side) in OrderedJoin.Join(garbage, unkept))
        {
            if (side != OrderedJoin.Side.Right)
            {
                yield return new CondemnedObject(record, false);
                continue;
            }

            // Catalogs have their own place in the order; one that is not known came a moment ago.
            var key = record.ToKey();
            if (key.Suffix == ObjectSuffix.Catalog || auxiliary.Contains(key)) continue;
            if (_listing.Inspect(key) is not { } file) continue;
            if (file.LastWriteTimeUtc < _oldEnough.UtcDateTime) yield return new CondemnedObject(record, true);
            else Spared++;
        }
    }

    private static void Add(ReferenceSink sink, IReadOnlyList<ObjectKey> keys)
    {
        var lane = sink.Take();
        foreach (var key in keys) lane.Add(ObjectRecord.Of(key));
        sink.Return(lane);
    }

    private static ObjectKey Catalog(ContentHash root) => new(root, ObjectSuffix.Catalog);
}
