using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Hashing;

namespace Cvmfs.Net.Replication.Checking;

/// <summary>One catalog of a check, however often it is mounted. Some 400 bytes for as long as the check lasts; guarded by <see cref="CatalogGraph"/>.</summary>
/// <param name="hash">Its hash.</param>
/// <param name="mountpoint">Where it was first seen.</param>
/// <param name="size">Bytes of its database by the account of whoever mounts it; 0 for unknown.</param>
internal sealed class CheckedCatalog(ContentHash hash, RepositoryPath mountpoint, long size)
{
    public ContentHash Hash { get; } = hash;

    public RepositoryPath Mountpoint { get; } = mountpoint;

    public long Size { get; } = size;

    /// <summary>What it turned out to be; null before it was looked into, and where it could not be.</summary>
    public CatalogFacts? Facts { get; set; }

    /// <summary>Whether nothing is wrong with it, nor with anything below.</summary>
    public bool IsClean { get; set; } = true;

    /// <summary>Whether this and all that is below has been looked at.</summary>
    public bool IsDone { get; set; }

    /// <summary>Itself, and the catalogs below that are not done.</summary>
    public int Open { get; set; } = 1;

    /// <summary>Those that wait for it.</summary>
    public List<MountedCatalog> Waiting { get; } = [];

    /// <summary>What has to be kept until the catalogs below are done; null afterwards.</summary>
    public ScannedCatalog? Scanned { get; set; }
}

/// <summary>A catalog in a place.</summary>
/// <param name="Above">The catalog that mounts it; null for a root catalog.</param>
/// <param name="Catalog">The catalog.</param>
/// <param name="Mountpoint">The place.</param>
/// <param name="Size">Bytes of its database by the account of whoever mounts it; 0 for unknown.</param>
/// <param name="Transition">The entry that stands for it above; null where there is none to compare with.</param>
internal sealed record MountedCatalog(CheckedCatalog? Above, CheckedCatalog Catalog, RepositoryPath Mountpoint, long Size, RootEntry? Transition);

/// <summary>What was counted in a catalog.</summary>
/// <param name="Schema">Its layout.</param>
/// <param name="Self">Counters of the catalog alone, as counted.</param>
/// <param name="Stored">Counters as stored; null where the layout has none.</param>
/// <param name="Below">Catalogs mounted in it.</param>
/// <param name="LacksSome">Whether some of those cannot be looked at, or need not.</param>
internal sealed record ScannedCatalog(CatalogSchema Schema, CatalogCounters Self, CatalogStatistics? Stored, List<CheckedCatalog> Below, bool LacksSome);
