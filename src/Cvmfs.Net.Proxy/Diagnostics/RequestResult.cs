namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>How a request was answered, in the words of the metrics.</summary>
internal enum RequestResult
{
    /// <summary>From the cache.</summary>
    Hit,

    /// <summary>From the cache, after the server said that it is still right.</summary>
    Revalidated,

    /// <summary>Fetched for this request.</summary>
    Miss,

    /// <summary>From a fetch that was already running.</summary>
    Collapsed,

    /// <summary>Passed on without being kept.</summary>
    Bypass,

    /// <summary>An older copy, because the server failed or is still being asked.</summary>
    Stale,

    /// <summary>Not allowed, or too much.</summary>
    Denied,

    /// <summary>No usable answer, an answer cut short, or a client that left.</summary>
    Error,
}
