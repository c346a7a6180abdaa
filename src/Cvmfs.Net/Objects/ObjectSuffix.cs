namespace Cvmfs.Net.Objects;

/// <summary>What an object is: the letter behind its hash in <c>data/</c>. The value is the ASCII code; 0 where there is none.</summary>
public enum ObjectSuffix : byte
{
    /// <summary>A whole regular file.</summary>
    None = 0,

    /// <summary>One chunk of a chunked file ("partial").</summary>
    Partial = (byte)'P',

    /// <summary>A catalog, root or nested.</summary>
    Catalog = (byte)'C',

    /// <summary>A history: the database of tags.</summary>
    History = (byte)'H',

    /// <summary>A publisher's certificate.</summary>
    Certificate = (byte)'X',

    /// <summary>Repository meta information in JSON.</summary>
    MetaInfo = (byte)'M',

    /// <summary>A micro catalog; reserved, nobody writes one.</summary>
    MicroCatalog = (byte)'L',
}
