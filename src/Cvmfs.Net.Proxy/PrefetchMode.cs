namespace Cvmfs.Net.Proxy;

/// <summary>What a proxy fetches ahead when it sees a new revision. Files never are.</summary>
public enum PrefetchMode
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Root catalog, certificate and whitelist: what every client asks for next.</summary>
    RootCatalog,

    /// <summary>Also the nested catalogs that took the place of ones in use.</summary>
    NestedCatalogs,
}
