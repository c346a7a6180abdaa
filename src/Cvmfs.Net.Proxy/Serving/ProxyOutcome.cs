namespace Cvmfs.Net.Proxy.Serving;

/// <summary>How a request ended; the tag of the request counter.</summary>
internal enum ProxyOutcome
{
    /// <summary>From the cache.</summary>
    Hit,

    /// <summary>From the cache, after the server said that it is still right.</summary>
    Revalidated,

    /// <summary>Fetched for this request.</summary>
    Miss,

    /// <summary>Served from a fetch that was already running.</summary>
    Joined,

    /// <summary>An older copy, because the server failed.</summary>
    Stale,

    /// <summary>Passed through without being kept.</summary>
    PassedThrough,

    /// <summary>The server has no such thing.</summary>
    NotFound,

    /// <summary>Not allowed: client, destination, method or URL.</summary>
    Refused,

    /// <summary>No usable answer from any server.</summary>
    UpstreamFailed,

    /// <summary>Cut off, because the bytes turned out wrong after some had been sent.</summary>
    Aborted,

    /// <summary>The client left.</summary>
    ClientLeft,
}
