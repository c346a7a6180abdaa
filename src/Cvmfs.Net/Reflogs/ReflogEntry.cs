using Cvmfs.Net.Hashing;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Reflogs;

/// <summary>What a logged object is.</summary>
public enum ReflogKind
{
    /// <summary>A root catalog.</summary>
    RootCatalog = 0,

    /// <summary>A publisher's certificate.</summary>
    Certificate = 1,

    /// <summary>A history.</summary>
    History = 2,

    /// <summary>Repository meta information.</summary>
    MetaInfo = 3,
}

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
