namespace Cvmfs.Net.Proxy.SquidImport;

/// <summary>What became of a line of squid's configuration.</summary>
public enum SquidVerdict
{
    /// <summary>Its meaning is in the new settings.</summary>
    TakenOver,

    /// <summary>Nothing is lost without it.</summary>
    NotNeeded,

    /// <summary>Its meaning is not in the new settings; the explanation says what to do instead.</summary>
    NotPossible,
}
