namespace Cvmfs.Net.Catalogs;

/// <summary>How a catalog is opened.</summary>
public sealed record CatalogOptions
{
    /// <summary>What error messages call the catalog, best its object key; null for the path, or "catalog" when it is in memory.</summary>
    public string? Name { get; init; }

    /// <summary>Accept a catalog whose own prefix is not the place where it is mounted: true for bind mountpoints and everything nested below
    /// one. Default false: a nested catalog registered under a path must say the same path.</summary>
    public bool AllowForeignPrefix { get; init; }

    /// <summary>Owner shown for entries of schemas before 2.1, which record none. Default 0; the reference shows the reading user.</summary>
    public uint OwnerOfOldEntries { get; init; }
}
