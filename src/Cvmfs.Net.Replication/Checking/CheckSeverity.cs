namespace Cvmfs.Net.Replication.Checking;

/// <summary>How bad a finding is.</summary>
public enum CheckSeverity
{
    /// <summary>Odd, and no harm to a reader; the reference does not look at it. Warnings alone do not fail a check.</summary>
    Warning,

    /// <summary>Something is wrong with one catalog, directory, entry or object.</summary>
    Error,

    /// <summary>Something that all else rests on is wrong. The reference stops there; here the check goes on as far as there is something to go on with.</summary>
    Fatal,
}
