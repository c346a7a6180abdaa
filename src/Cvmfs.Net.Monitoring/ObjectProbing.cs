namespace Cvmfs.Net.Monitoring;

/// <summary>How far the objects behind a manifest are looked at.</summary>
public enum ObjectProbing
{
    /// <summary>Only the certificate, which verification needs.</summary>
    None,

    /// <summary>Whether the root catalog, the history and the meta information are there; a header each, no bodies.</summary>
    Presence,

    /// <summary>They are fetched and their hash is checked, up to <see cref="ScraperOptions.MaxObjectBytes"/> each.</summary>
    Content,
}
