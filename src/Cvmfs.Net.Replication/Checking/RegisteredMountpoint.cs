using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>A row of <c>nested_catalogs</c> or <c>bind_mountpoints</c>.</summary>
/// <param name="Path">The path as stored.</param>
/// <param name="Catalog">The catalog; the null hash where none is named.</param>
/// <param name="Size">Bytes of its database as registered; 0 for unknown.</param>
/// <param name="IsBind">From which table.</param>
internal readonly record struct RegisteredMountpoint(byte[] Path, ContentHash Catalog, long Size, bool IsBind);
