using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Planning;

namespace Cvmfs.Net.Replication.References;

/// <summary>Says what a catalog refers to: from its kept list, else from the catalog itself, whose bytes are checked first. Thread-safe.</summary>
/// <param name="files">The store.</param>
/// <param name="opener">Opens catalogs.</param>
/// <param name="lists">Kept lists.</param>
internal sealed class ReferenceReader(FileObjectStore files, CatalogOpener opener, ReferenceLists lists)
{
    private const int MostListed = 1 << 20; // references of a catalog that are held in memory to be sorted: 24 MiB
    private const int BufferBytes = 128 << 10;

    private long _remembered;
    private long _read;

    /// <summary>Catalogs that did not have to be opened.</summary>
    public long CatalogsRemembered => Interlocked.Read(ref _remembered);

    /// <summary>Catalogs that were opened.</summary>
    public long CatalogsOpened => Interlocked.Read(ref _read);

    /// <summary>Reads a catalog's references.</summary>
    /// <param name="catalog">Which.</param>
    /// <param name="lane">Takes the references, nested catalogs not included; null where they are not wanted. After an exception some may be there.</param>
    /// <param name="mayBeGone">Whether a kept list will do where the catalog itself is gone.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What else the catalog says; null if it is not there.</returns>
    /// <exception cref="CvmfsFormatException">The catalog is no catalog, or damaged in a way that its hash does not show.</exception>
    /// <exception cref="ObjectIntegrityException">Its bytes are not those of its name.</exception>
    /// <exception cref="IOException">It is there and cannot be read, or a list cannot be written.</exception>
    public async Task<CatalogReferences?> ReadAsync(ObjectKey catalog, ObjectSorter.Lane? lane, bool mayBeGone, CancellationToken cancellationToken)
    {
        bool isThere = await files.ContainsAsync(catalog, cancellationToken).ConfigureAwait(false);
        if ((isThere || mayBeGone) && ReadList(catalog, lane, cancellationToken) is { } known)
        {
            Interlocked.Increment(ref _remembered);
            return known;
        }

        var stored = isThere ? await files.OpenReadAsync(catalog, cancellationToken).ConfigureAwait(false) : null;
        if (stored is null) return null;
        await using var _ = stored.ConfigureAwait(false);
        Interlocked.Increment(ref _read);
        Verify(stored, catalog, cancellationToken);
        using var open = await opener.OpenAsync(stored, new CatalogNode(catalog, default, 0, RootKind.Historic), cancellationToken).ConfigureAwait(false);
        return await ReadCatalogAsync(catalog, open, lane, cancellationToken).ConfigureAwait(false);
    }

    private CatalogReferences? ReadList(ObjectKey catalog, ObjectSorter.Lane? lane, CancellationToken cancellationToken)
    {
        using var list = lists.Open(catalog);
        if (list is null || ReferenceList.ReadHead(list, catalog) is not { } head) return null;
        return lane is null || ReferenceList.TryAddTo(lane, list, head, cancellationToken) ? head : null;
    }

    private ValueTask<CatalogReferences> ReadCatalogAsync(ObjectKey catalog, Catalog open, ObjectSorter.Lane? lane, CancellationToken cancellationToken)
    {
        var records = new ObjectRecord[1024];
        int count = 0;
        long total = 0;
        bool isListable = true;
        foreach (var reference in open.ReadObjectReferencesWithRepeats(cancellationToken))
        {
            if (count == records.Length)
            {
                count = RecordSort.SortAndDeduplicate(records);
                if (count > MostListed / 2 && records.Length >= MostListed)
                {
                    lane?.Add(records.AsSpan(0, count));
                    (count, isListable) = (0, false);
                }
                else if (count > records.Length / 2)
                {
                    Array.Resize(ref records, 2 * records.Length);
                }
            }

            records[count++] = ObjectRecord.Of(reference.Key);
            total++;
        }

        count = RecordSort.SortAndDeduplicate(records.AsSpan(0, count));
        lane?.Add(records.AsSpan(0, count));
        NestedReference[] nested = [.. open.NestedCatalogs.Where(static nested => !nested.IsBind)
            .Select(static nested => new NestedReference(new ObjectKey(nested.Hash, ObjectSuffix.Catalog), nested.Mountpoint))];
        var references = new CatalogReferences(
            catalog, open.RootPrefix.IsRoot, open.PreviousRevision, open.LastModified, isListable ? count : total, isListable, nested);
        return isListable
            ? KeepAsync(references, lists.KeepAsync(references, records.AsSpan(0, count), cancellationToken))
            : ValueTask.FromResult(references);
    }

    private static async ValueTask<CatalogReferences> KeepAsync(CatalogReferences references, ValueTask<bool> keeping)
        => await keeping.ConfigureAwait(false) ? references : references with { IsListed = false };

    private void Verify(Stream stored, ObjectKey catalog, CancellationToken cancellationToken)
    {
        using var hasher = ContentHasher.Create(catalog.Hash.Algorithm);
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (int read; (read = stored.Read(buffer)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hasher.Append(buffer.AsSpan(0, read));
            }

            var actual = hasher.GetHashAndReset();
            if (actual != catalog.Hash) throw ObjectIntegrityException.Mismatch(catalog, actual, stored.Position, files.PathOf(catalog));
            stored.Position = 0;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
