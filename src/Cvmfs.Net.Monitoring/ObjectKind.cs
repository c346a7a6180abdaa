namespace Cvmfs.Net.Monitoring;

/// <summary>What a sampled object is. The lower-case name is the label of metrics.</summary>
public enum ObjectKind
{
    /// <summary>A catalog, the root one or a nested one.</summary>
    Catalog,

    /// <summary>The publisher's certificate.</summary>
    Certificate,

    /// <summary>The database of tags.</summary>
    History,

    /// <summary>The repository's meta information.</summary>
    MetaInfo,

    /// <summary>A piece of a large file.</summary>
    Chunk,

    /// <summary>A whole file.</summary>
    File,
}
