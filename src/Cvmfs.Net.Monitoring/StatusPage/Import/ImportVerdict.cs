namespace Cvmfs.Net.Monitoring.StatusPage.Import;

/// <summary>What became of a line of another program's configuration.</summary>
public enum ImportVerdict
{
    /// <summary>Its meaning is in the new configuration.</summary>
    TakenOver,

    /// <summary>Nothing is lost without it.</summary>
    NotNeeded,

    /// <summary>Its meaning is not in the new configuration; the explanation says what to do instead.</summary>
    NotPossible,
}
