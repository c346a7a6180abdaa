using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Replication.Planning;

/// <summary>What is worth knowing of a stored catalog when the one that took its place is walked: its objects and its nested catalogs. Its database is closed.</summary>
internal sealed class Counterpart : IDisposable
{
    private const int NestedBytes = 160; // a path of some 60 bytes, its entry in the table

    private readonly MemoryBudget _budget;
    private readonly Dictionary<RepositoryPath, ContentHash> _nested = [];
    private readonly KnownReferences _known;

    private Counterpart(MemoryBudget budget, KnownReferences known) => (_budget, _known) = (budget, known);

    /// <summary>Reads a catalog.</summary>
    /// <returns>Null if what is worth knowing does not fit.</returns>
    /// <exception cref="CvmfsFormatException">The catalog is damaged or makes no sense.</exception>
    public static Counterpart? TryRead(Catalog catalog, MemoryBudget budget, CancellationToken cancellationToken)
    {
        var nested = catalog.NestedCatalogs;
        if (KnownReferences.TryRead(catalog, budget, cancellationToken) is not { } known) return null;
        if (!budget.TryTake((long)nested.Count * NestedBytes))
        {
            known.Dispose();
            return null;
        }

        var read = new Counterpart(budget, known);
        foreach (var mounted in nested) read._nested.Add(mounted.Mountpoint, mounted.IsBind ? default : mounted.Hash);
        return read;
    }

    /// <summary>Whether the store has an object because this catalog refers to it.</summary>
    public bool Contains(Objects.ObjectKey key) => _known.Contains(key);

    /// <summary>The catalog that was mounted somewhere; the null hash for none.</summary>
    public ContentHash NestedAt(RepositoryPath mountpoint) => _nested.GetValueOrDefault(mountpoint);

    /// <inheritdoc/>
    public void Dispose()
    {
        _known.Dispose();
        _budget.Return((long)_nested.Count * NestedBytes);
    }
}
