using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Catalogs;

/// <summary>A catalog mounted below another, as its parent registers it.</summary>
/// <param name="Mountpoint">Full path of the directory it fills.</param>
/// <param name="Hash">Hash of the catalog object; the null hash where the parent is broken.</param>
/// <param name="Size">Bytes of the decompressed database; 0 for unknown.</param>
/// <param name="IsBind">A bind mountpoint: another revision's root catalog. Replication and enumeration ignore these.</param>
public readonly record struct NestedCatalog(RepositoryPath Mountpoint, ContentHash Hash, long Size, bool IsBind);
