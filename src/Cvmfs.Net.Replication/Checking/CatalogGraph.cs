// The catalogs of a check and what hangs on their being mounted in one another.
//
//   root ► CatalogQueue ► worker: open, CatalogScan ► catalogs below ► CatalogQueue …
//                            └► done when all below are: checks 11, 12, 14, 15 of each place, 19 of the subtree
//
// Must stay true
//   - A catalog is looked into once, however many revisions and places it is in; its places are compared one by one.
//   - A catalog counts as clean, for later checks too, only if everything below it is.
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.References;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>Looks through catalogs from given ones downwards, several at once.</summary>
internal sealed class CatalogGraph(CheckContext context)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ContentHash, CheckedCatalog> _catalogs = [];
    private readonly CatalogQueue _queue = new(context.Options.MemoryBytes / 2);

    /// <summary>Catalogs that are known and not looked into.</summary>
    public int Waiting => _queue.Count;

    /// <summary>All catalogs so far.</summary>
    public IReadOnlyList<CheckedCatalog> Catalogs
    {
        get { lock (_gate) return [.. _catalogs.Values]; }
    }

    /// <summary>Adds a catalog from which to go downwards. Before the run.</summary>
    /// <param name="hash">The catalog.</param>
    /// <param name="mountpoint">The root, or that of the subtree.</param>
    /// <param name="size">Bytes of its database as far as known; 0 for unknown.</param>
    /// <param name="transition">The entry that stands for it above.</param>
    public void Add(ContentHash hash, RepositoryPath mountpoint, long size, RootEntry? transition = null)
    {
        lock (_gate) Mount(null, hash, mountpoint, size, transition);
    }

    /// <summary>Looks through everything.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = context.Options.Workers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, context.Options.Workers), options, async (_, token) =>
        {
            using var hasher = new ObjectFileHasher();
            var lane = context.References?.AddLane();
            while (await _queue.TakeAsync(token).ConfigureAwait(false) is { } catalog)
            {
                await ProcessAsync(catalog, hasher, lane, token).ConfigureAwait(false);
                if (context.Proven is { } proven) await proven.FlushAsync(token).ConfigureAwait(false);
                _queue.Done(catalog);
            }
        }).ConfigureAwait(false);
    }

    private async ValueTask ProcessAsync(CheckedCatalog catalog, ObjectFileHasher hasher, ObjectSorter.Lane? lane, CancellationToken cancellationToken)
    {
        if (context.Proven is { } proven && await proven.TryReadAsync(catalog.Hash, lane, cancellationToken).ConfigureAwait(false) is { } record)
        {
            context.CountProven();
            Finish(catalog, record.Facts, scan: null, schema: default, [.. record.Below.Select(static below => (below, (RootEntry?)null))]);
            return;
        }

        var (rows, problem) = await context.Catalogs.OpenAsync(catalog.Hash, hasher, cancellationToken).ConfigureAwait(false);
        if (rows is null)
        {
            Unusable(catalog, problem!);
            return;
        }

        using (rows)
        {
            var recording = context.Proven?.Begin(catalog.Hash);
            ReferenceHandler? refer = lane is null && recording is null ? null : (key, _) =>
            {
                var record = ObjectRecord.Of(key);
                lane?.Add(record);
                recording?.Add(record);
            };
            var scan = new CatalogScan(rows, context.Findings, catalog.Mountpoint, refer, cancellationToken);
            try
            {
                var facts = scan.Run();
                var below = scan.Mountpoints.Where(static mountpoint => !mountpoint.IsBind).Select(mountpoint => (mountpoint, scan.FindTransition(mountpoint.Path))).ToList();
                context.CountOpened(scan.Entries);
                if (recording is not null) await context.Proven!.KeepAsync(catalog.Hash, rows, recording, scan.Mountpoints, cancellationToken).ConfigureAwait(false);
                Finish(catalog, facts, scan, rows.Schema, below);
            }
            catch (CvmfsFormatException e)
            {
                Unusable(catalog, e.Message);
            }
        }
    }

    private void Unusable(CheckedCatalog catalog, string problem)
    {
        var key = new ObjectKey(catalog.Hash, ObjectSuffix.Catalog);
        Report(11, "catalog that cannot be loaded", catalog.Mountpoint, key.ToString(), problem, null);
        context.AddBad(key);
        lock (_gate)
        {
            catalog.IsClean = false;
            Release(catalog);
        }
    }

    private void Finish(
        CheckedCatalog catalog, CatalogFacts facts, CatalogScan? scan, CatalogSchema schema, List<(RegisteredMountpoint Mountpoint, RootEntry? Transition)> mounted)
    {
        lock (_gate)
        {
            catalog.Facts = facts;
            if (scan?.Problems > 0) catalog.IsClean = false;
            var below = new List<CheckedCatalog>(mounted.Count);
            bool lacksSome = false;
            foreach (var (mountpoint, transition) in mounted)
            {
                if (!RepositoryPath.TryFromBytes(mountpoint.Path, out var path) || context.Filter?.Includes(path) == false)
                {
                    lacksSome = true;
                    continue;
                }

                if (mountpoint.Catalog.IsNull)
                {
                    (lacksSome, catalog.IsClean) = (true, false);
                    Report(11, "nested catalog without a hash", path, null, null, null);
                    continue;
                }

                var mount = Mount(catalog, mountpoint.Catalog, path, mountpoint.Size, transition);
                below.Add(mount);
            }

            catalog.Scanned = new ScannedCatalog(schema, scan?.Self ?? default, scan?.Stored, below, lacksSome);
            Release(catalog);
        }
    }

    private CheckedCatalog Mount(CheckedCatalog? above, ContentHash hash, RepositoryPath mountpoint, long size, RootEntry? transition)
    {
        if (!_catalogs.TryGetValue(hash, out var catalog))
        {
            _catalogs.Add(hash, catalog = new CheckedCatalog(hash, mountpoint, size));
            _queue.Add(catalog);
        }

        var place = new MountedCatalog(above, catalog, mountpoint, size, transition);
        if (catalog.IsDone)
        {
            Compare(place);
            return catalog;
        }

        if (above is not null) above.Open++;
        catalog.Waiting.Add(place);
        return catalog;
    }

    /// <summary>Takes one off what a catalog waits for; at the last, it is done, and so may be the ones above.</summary>
    private void Release(CheckedCatalog first)
    {
        var pending = new Stack<CheckedCatalog>();
        pending.Push(first);
        while (pending.TryPop(out var catalog))
        {
            if (--catalog.Open > 0) continue;
            Conclude(catalog);
            catalog.IsDone = true;
            foreach (var place in catalog.Waiting)
            {
                Compare(place);
                if (place.Above is { } above) pending.Push(above);
            }

            catalog.Waiting.Clear();
            catalog.Waiting.TrimExcess();
        }
    }

    private void Conclude(CheckedCatalog catalog)
    {
        if (catalog is not { Facts: { } facts, Scanned: { } scanned }) return;
        catalog.Scanned = null;
        catalog.IsClean &= scanned.Below.TrueForAll(static below => below.IsClean);
        if (facts.Total is not null) return; // proven earlier
        bool isCounted = !scanned.LacksSome && scanned.Below.TrueForAll(static below => below.Facts?.Total is not null);
        if (isCounted)
        {
            var subtree = scanned.Below.Aggregate(default(CatalogCounters), static (sum, below) => sum + below.Facts!.Total!.Value);
            catalog.Facts = facts with { Total = scanned.Self + subtree };
            if (scanned.Stored is { } stored) CompareSubtree(catalog, scanned.Schema, stored.Subtree, subtree);
        }

        if (catalog.IsClean && isCounted) context.Proven?.Prove(catalog.Hash, catalog.Facts);
    }

    private void CompareSubtree(CheckedCatalog catalog, CatalogSchema schema, CatalogCounters stored, CatalogCounters counted)
    {
        for (int i = 0; i < CatalogCounters.Names.Count; i++)
        {
            if (!KnownCounters.Has(schema, i) || stored[i] == counted[i]) continue;
            catalog.IsClean = false;
            Report(19, $"counter subtree_{CatalogCounters.Names[i]}", catalog.Mountpoint, null, $"{stored[i]}", $"{counted[i]}");
        }
    }

    /// <summary>What a catalog must be in the place where it is mounted.</summary>
    private void Compare(MountedCatalog place)
    {
        if (place.Catalog.Facts is not { } facts) return; // reported where it could not be loaded
        string key = new ObjectKey(place.Catalog.Hash, ObjectSuffix.Catalog).ToString();
        bool isRight = true;
        if (place.Size > 0 && place.Size != facts.DatabaseBytes) Wrong(11, "size of a catalog", $"{facts.DatabaseBytes} bytes", $"{place.Size} bytes");
        if (facts.Root != place.Mountpoint) Wrong(12, "catalog of another place", facts.Root.ToString(), place.Mountpoint.ToString());
        if (facts.Entry is { } entry)
        {
            if (entry.IsNestedRoot == place.Mountpoint.IsRoot) Wrong(15, place.Mountpoint.IsRoot ? "root catalog that is marked as nested" : "nested catalog that is not marked as such", null, null);
            if (place.Transition is { } above && above.Name != entry.Name) Wrong(14, "mountpoint and root entry of a nested catalog differ in name", null, null);
            else if (place.Transition is { } other && other.Face != entry.Face)
            {
                var (field, expected, found) = EntryFace.Difference(other.Face, entry.Face);
                Wrong(14, $"mountpoint and root entry of a nested catalog differ in {field}", found, expected);
            }
        }

        if (!isRight && place.Above is { } parent) parent.IsClean = false;

        void Wrong(int number, string message, string? found, string? expected)
        {
            isRight = false;
            Report(number, message, place.Mountpoint, key, found, expected);
        }
    }

    private void Report(int number, string message, RepositoryPath mountpoint, string? key, string? found, string? expected) => context.Findings.Add(new CheckFinding
    {
        Number = number,
        Severity = CheckSeverity.Error,
        Message = message,
        Catalog = mountpoint.ToString(),
        Key = key,
        Found = found,
        Expected = expected,
    });
}
