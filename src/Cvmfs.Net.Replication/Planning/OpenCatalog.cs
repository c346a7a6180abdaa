using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Planning;

/// <summary>A catalog whose references are being handed out, a batch at a time. What has not been handed out waits in the database, not in memory.</summary>
/// <remarks>One user at a time; the scheduler sees to that.</remarks>
/// <param name="node">The catalog's place in the run.</param>
/// <param name="catalog">The catalog, which goes with this.</param>
/// <param name="references">Its references; repeats are allowed.</param>
/// <param name="known">What need not be handed out, because the store has it; null for nothing. Goes with this.</param>
/// <param name="expected">References by the catalog's own account.</param>
internal sealed class OpenCatalog(CatalogNode node, Catalog catalog, IEnumerator<ObjectReference> references, CounterpartCache.Lease? known = null, long expected = 0) : IDisposable
{
    /// <summary>A read ends after so many rows per reference that was asked for, so that a catalog in which nothing is new does not keep its worker.</summary>
    private const int RowsPerReference = 64;

    /// <summary>Contents that many files share, the empty one above all, follow each other closely. So many are remembered; a power of two.</summary>
    private const int RecentKeys = 256;

    private readonly ObjectKey[] _recent = new ObjectKey[RecentKeys];

    /// <summary>The catalog's place in the run.</summary>
    public CatalogNode Node { get; } = node;

    /// <summary>References that are still to come, by the catalog's own account; negative once there were more.</summary>
    public long Expected { get; private set; } = expected;

    /// <summary>References that the last read took from the catalog.</summary>
    public int Taken { get; private set; }

    /// <summary>References of the last read that the store is known to have.</summary>
    public int Unchanged { get; private set; }

    /// <summary>Fills a list with the next references that may be missing. One may come again, though not soon.</summary>
    /// <returns>False when these were the last.</returns>
    /// <exception cref="CvmfsFormatException">The catalog is damaged or makes no sense.</exception>
    public bool Read(List<ObjectReference> batch, int count)
    {
        batch.Clear();
        Taken = Unchanged = 0;
        while (batch.Count < count && Taken < (long)count * RowsPerReference)
        {
            if (!references.MoveNext()) return false;
            Taken++;
            Expected--;
            var reference = references.Current;
            ref var recent = ref _recent[reference.Key.Hash.Prefix64 % RecentKeys];
            if (recent == reference.Key) continue;
            recent = reference.Key;
            if (known?.Counterpart.Contains(reference.Key) == true) Unchanged++;
            else batch.Add(reference);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        references.Dispose();
        catalog.Dispose();
        known?.Dispose();
    }
}
