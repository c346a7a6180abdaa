namespace Cvmfs.Net.Proxy.Diagnostics;

/// <summary>Why a request was refused.</summary>
internal enum DenialReason
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>A limit of connections, requests or rates is reached.</summary>
    Overload,

    /// <summary>This client may not ask.</summary>
    Acl,

    /// <summary>This server or this path may not be asked for.</summary>
    Destination,

    /// <summary>Neither GET nor HEAD, or a request that is none.</summary>
    Method,

    /// <summary>A head or a body beyond the limits.</summary>
    TooLarge,
}
