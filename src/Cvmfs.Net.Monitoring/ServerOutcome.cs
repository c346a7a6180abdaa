namespace Cvmfs.Net.Monitoring;

/// <summary>How scraping one server ended.</summary>
public enum ServerOutcome
{
    /// <summary>Everything that was expected came.</summary>
    Reachable,

    /// <summary>Something came and something that was expected did not.</summary>
    Partial,

    /// <summary>Nothing came that says this is a server of CernVM-FS.</summary>
    Unreachable,
}
