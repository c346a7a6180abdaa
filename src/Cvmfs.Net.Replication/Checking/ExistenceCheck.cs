using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.References;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>Compares what catalogs refer to with what the storage has: one sorted sequence beside the other, no question per object.</summary>
internal sealed class ExistenceCheck(CheckContext context)
{
    private const int MostNamed = 100_000; // missing objects whose paths are looked for; a storage that lacks more is not helped by names

    /// <summary>Distinct objects that are referred to.</summary>
    public long Referenced { get; private set; }

    /// <summary>Those that are not there.</summary>
    public long Missing { get; private set; }

    /// <summary>Objects that nothing refers to.</summary>
    public long Unreferenced { get; private set; }

    /// <summary>Their bytes; not counted unless asked for.</summary>
    public long UnreferencedBytes { get; private set; }

    /// <summary>Compares, and reports what is missing.</summary>
    /// <param name="references">What is referred to, complete.</param>
    /// <param name="catalogs">The catalogs that refer to it.</param>
    /// <param name="measureUnreferenced">Whether to look at the objects that nothing refers to.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="IOException">The storage cannot be read.</exception>
    public async Task RunAsync(SortedObjects references, IReadOnlyList<CheckedCatalog> catalogs, bool measureUnreferenced, CancellationToken cancellationToken)
    {
        var listing = new StorageListing(context.Location.StorageFolder, context.Options.MemoryBytes / 8, context.TemporaryFolder);
        var missing = new HashSet<ObjectKey>();
        foreach (var (record, side) in OrderedJoin.Join(references.Read(cancellationToken), listing.Read(cancellationToken)))
        {
            if (side != OrderedJoin.Side.Right) Referenced++;
            if (side == OrderedJoin.Side.Left) NoteMissing(record.ToKey(), missing);
            else if (side == OrderedJoin.Side.Right && measureUnreferenced) NoteUnreferenced(listing, record.ToKey());
        }

        if (missing.Count > 0) await NameAsync(missing, catalogs, cancellationToken).ConfigureAwait(false);
        foreach (var key in missing) Report(key, null, null); // of catalogs that cannot be read any more
    }

    private void NoteMissing(ObjectKey key, HashSet<ObjectKey> missing)
    {
        Missing++;
        context.AddBad(key);
        if (missing.Count < MostNamed) missing.Add(key);
        else Report(key, null, null);
    }

    private void NoteUnreferenced(StorageListing listing, ObjectKey key)
    {
        if (listing.Inspect(key) is not { } file) return; // gone meanwhile
        Unreferenced++;
        UnreferencedBytes += file.Length;
    }

    /// <summary>Looks through the catalogs again for who needs what is missing, until all is named.</summary>
    private async Task NameAsync(HashSet<ObjectKey> missing, IReadOnlyList<CheckedCatalog> catalogs, CancellationToken cancellationToken)
    {
        var gate = new Lock();
        var options = new ParallelOptions { MaxDegreeOfParallelism = context.Options.Workers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(catalogs.Where(static catalog => catalog.Facts is not null), options, async (catalog, token) =>
        {
            lock (gate)
            {
                if (missing.Count == 0) return;
            }

            using var hasher = new ObjectFileHasher();
            var (rows, _) = await context.Catalogs.OpenAsync(catalog.Hash, hasher, token).ConfigureAwait(false);
            if (rows is null) return;
            using (rows)
            {
                var scan = new CatalogScan(rows, findings: null, catalog.Mountpoint, (key, path) =>
                {
                    lock (gate)
                    {
                        if (!missing.Remove(key)) return;
                    }

                    Report(key, System.Text.Encoding.UTF8.GetString(path), catalog.Mountpoint.ToString());
                }, token);
                scan.Run();
            }
        }).ConfigureAwait(false);
    }

    private void Report(ObjectKey key, string? path, string? catalog) => context.Findings.Add(new CheckFinding
    {
        Number = key.Suffix == ObjectSuffix.Partial ? 33 : 25,
        Severity = CheckSeverity.Error,
        Message = key.Suffix == ObjectSuffix.Partial ? "chunk that is missing" : "object that is missing",
        Catalog = catalog,
        Path = path,
        Key = key.ToString(),
    });
}
