namespace Cvmfs.Net.Replication.Checking;

/// <summary>How far a check is.</summary>
/// <param name="Catalogs">Catalogs checked so far, those proven earlier included.</param>
/// <param name="WaitingCatalogs">Catalogs that are known and not checked yet.</param>
/// <param name="Entries">Entries looked at.</param>
/// <param name="Files">Objects hashed.</param>
/// <param name="Bytes">Bytes hashed.</param>
/// <param name="Problems">Errors and alerts so far.</param>
/// <param name="Elapsed">Time since the beginning.</param>
public readonly record struct CheckProgress(
    long Catalogs, long WaitingCatalogs, long Entries, long Files, long Bytes, long Problems, TimeSpan Elapsed);
