namespace Cvmfs.Net.Transport;

/// <summary>Kinds of failure that a transfer may recover from by being repeated.</summary>
public enum TransferFault
{
    /// <summary>Anything without a kind of its own.</summary>
    Other,

    /// <summary>No connection, or it broke.</summary>
    Connection,

    /// <summary>The host's name could not be resolved.</summary>
    NameResolution,

    /// <summary>Nothing came for too long, or too little.</summary>
    Stall,

    /// <summary>The answer ended before its announced length.</summary>
    Short,

    /// <summary>The server answered 408 or 5xx.</summary>
    ServerError,

    /// <summary>The server answered 429: it wants to be asked less often.</summary>
    TooManyRequests,

    /// <summary>The bytes did not have their hash.</summary>
    Corrupt,
}
