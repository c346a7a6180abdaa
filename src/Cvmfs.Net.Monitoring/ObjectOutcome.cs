namespace Cvmfs.Net.Monitoring;

/// <summary>How asking for an object ended. The lower-case name is the label of metrics.</summary>
public enum ObjectOutcome
{
    /// <summary>There, and its bytes have the hash of its name; or there, where only presence was asked for.</summary>
    Ok,

    /// <summary>The server says that it has no such object.</summary>
    Missing,

    /// <summary>It came, and its bytes do not have the hash of its name.</summary>
    Corrupt,

    /// <summary>It did not come, for another reason.</summary>
    Error,
}
