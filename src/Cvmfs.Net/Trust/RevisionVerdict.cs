namespace Cvmfs.Net.Trust;

/// <summary>How a verified statement relates to the one that is known already.</summary>
public enum RevisionVerdict
{
    /// <summary>A newer revision: take it.</summary>
    Newer,

    /// <summary>The same revision: nothing to load. It may have been signed again, or, on a broken server, name another root catalog.</summary>
    NothingNew,

    /// <summary>An older revision: keep what is known.</summary>
    RevisionLower,

    /// <summary>Signed before the one that is known: keep what is known.</summary>
    TimestampOlder,
}
