namespace Cvmfs.Net.Proxy.Upstreams;

/// <summary>Why an upstream gave no usable answer. The names in the header <c>Proxy-Status</c> follow from these.</summary>
internal enum UpstreamFailure
{
    /// <summary>It answered.</summary>
    None,

    /// <summary>No connection: refused or unreachable.</summary>
    Unreachable,

    /// <summary>The name leads to addresses that are not public, and such are not allowed.</summary>
    NotPublic,

    /// <summary>The name does not resolve.</summary>
    Unresolvable,

    /// <summary>No answer in time.</summary>
    Timeout,

    /// <summary>All connections to it were in use for too long: our limit, and no fault of the server.</summary>
    Busy,

    /// <summary>The answer ended early.</summary>
    Incomplete,

    /// <summary>The answer breaks HTTP, or can be read in two ways.</summary>
    Protocol,

    /// <summary>It answered with a status that is neither the content nor its absence.</summary>
    Status,

    /// <summary>The content is not what its name promises.</summary>
    Corrupt,
}
