namespace Cvmfs.Net.Replication.Collection;

/// <summary>Where a garbage collection stands.</summary>
/// <param name="Phase">What it is doing.</param>
/// <param name="CatalogsRead">Catalogs whose references are known so far.</param>
/// <param name="ReferencesRead">References in them, repeats included.</param>
/// <param name="ObjectsListed">Objects found in the storage so far.</param>
/// <param name="ObjectsCondemned">Objects known to be garbage; 0 before that is known.</param>
/// <param name="ObjectsRemoved">Of those, removed.</param>
/// <param name="Elapsed">Time since the run began.</param>
public sealed record CollectionProgress(
    CollectionPhase Phase,
    long CatalogsRead,
    long ReferencesRead,
    long ObjectsListed,
    long ObjectsCondemned,
    long ObjectsRemoved,
    TimeSpan Elapsed);
