namespace Cvmfs.Net.Transport;

/// <summary>Whether caches between us and the server may answer.</summary>
public enum FetchMode
{
    /// <summary>They may.</summary>
    Normal,

    /// <summary>They must ask the server again; used once after a wrong hash, and for the reflog.</summary>
    BypassCaches,
}
