namespace Cvmfs.Net.Server;

/// <summary>How an update of the location database ended.</summary>
public enum GeoUpdateOutcome
{
    /// <summary>A newer database, or the first, is in place.</summary>
    Updated,

    /// <summary>A link leads to a database that somebody else keeps, or nowhere if there is to be none.</summary>
    Linked,

    /// <summary>The database is new enough, or it is not the time for an update.</summary>
    NotDue,

    /// <summary>Nothing says where a database could come from.</summary>
    NotConfigured,

    /// <summary>The folder cannot be written to.</summary>
    NotWritable,

    /// <summary>The publisher did not send it.</summary>
    DownloadFailed,

    /// <summary>What was sent is no archive with a sound database in it.</summary>
    ExtractFailed,

    /// <summary>It could not be put in place.</summary>
    InstallFailed,
}
