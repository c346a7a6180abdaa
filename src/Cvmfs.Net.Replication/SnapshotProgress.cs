namespace Cvmfs.Net.Replication;

/// <summary>Where a running snapshot stands.</summary>
/// <param name="Phase">What it is doing.</param>
/// <param name="Revision">Revision it is going for; 0 before the manifest is verified.</param>
/// <param name="CatalogsLoaded">Catalogs brought and opened.</param>
/// <param name="CatalogsCommitted">Catalogs stored with all that is below them.</param>
/// <param name="CatalogsWaiting">Catalogs known to be needed and not begun.</param>
/// <param name="ObjectsFetched">Objects brought.</param>
/// <param name="ObjectsKnown">Objects found present.</param>
/// <param name="ObjectsWaiting">Objects known to be missing and not begun. More may wait in their catalogs.</param>
/// <param name="ReferencesKnown">Objects that the catalogs opened so far refer to, by their own account; grows while catalogs wait.</param>
/// <param name="ReferencesDone">Of those, found present, brought, given up, or known from another catalog of the run.</param>
/// <param name="BytesFetched">Stored bytes brought, catalogs included.</param>
/// <param name="Failures">Objects and catalogs given up so far.</param>
/// <param name="Elapsed">Time since the run began.</param>
public sealed record SnapshotProgress(
    SnapshotPhase Phase,
    ulong Revision,
    long CatalogsLoaded,
    long CatalogsCommitted,
    long CatalogsWaiting,
    long ObjectsFetched,
    long ObjectsKnown,
    long ObjectsWaiting,
    long ReferencesKnown,
    long ReferencesDone,
    long BytesFetched,
    long Failures,
    TimeSpan Elapsed);

/// <summary>The parts of a run, in their order.</summary>
public enum SnapshotPhase
{
    /// <summary>Asking the upstream and verifying what it says.</summary>
    Verifying,

    /// <summary>Bringing catalogs and objects.</summary>
    Transferring,

    /// <summary>Making the new revision visible.</summary>
    Publishing,
}
