using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.References;

/// <summary>What a catalog says besides the objects that it refers to. Immutable, as the catalog is.</summary>
/// <param name="Catalog">The catalog.</param>
/// <param name="IsRoot">Whether it says that it hangs nowhere.</param>
/// <param name="PreviousRevision">The catalog that it replaced; the null hash for none.</param>
/// <param name="LastModified">Unix seconds at which it was made; 0 if it does not say.</param>
/// <param name="ReferenceCount">Objects that it refers to, nested catalogs aside; repeats included where <paramref name="IsListed"/> is false.</param>
/// <param name="IsListed">Whether its references are kept as a list.</param>
/// <param name="Nested">Catalogs mounted below it, bind mountpoints left out.</param>
internal sealed record CatalogReferences(
    ObjectKey Catalog,
    bool IsRoot,
    ContentHash PreviousRevision,
    long LastModified,
    long ReferenceCount,
    bool IsListed,
    IReadOnlyList<NestedReference> Nested);

/// <summary>A catalog below another.</summary>
/// <param name="Catalog">The object; its hash is null where the catalog above is broken.</param>
/// <param name="Mountpoint">Its place, seen from the catalog above.</param>
internal readonly record struct NestedReference(ObjectKey Catalog, RepositoryPath Mountpoint);
