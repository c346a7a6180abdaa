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
