using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Reflogs;

/// <summary>One root-level object of a store.</summary>
/// <param name="Hash">Its hash.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Timestamp">Unix seconds when it was entered into this store's log, not when it was made.</param>
public readonly record struct ReflogEntry(ContentHash Hash, ReflogKind Kind, long Timestamp)
{
    /// <summary>The object.</summary>
    public ObjectKey Key => new(Hash, Kind switch
    {
        ReflogKind.RootCatalog => ObjectSuffix.Catalog,
        ReflogKind.Certificate => ObjectSuffix.Certificate,
        ReflogKind.History => ObjectSuffix.History,
        _ => ObjectSuffix.MetaInfo,
    });
}
