namespace Cvmfs.Net.Server.Geo;

/// <summary>How a request to the geo API ended.</summary>
internal enum GeoOutcome
{
    /// <summary>With an order.</summary>
    Ordered,

    /// <summary>With the number of name look-ups.</summary>
    Count,

    /// <summary>It has not the form of a request.</summary>
    Refused,

    /// <summary>Nobody knows where the client is.</summary>
    UnknownClient,

    /// <summary>Nobody knows where any server is.</summary>
    UnknownServers,

    /// <summary>Its sender asks too often.</summary>
    TooMany,
}
