namespace Cvmfs.Net.Replication.Collection;

/// <summary>A collection cannot go on, for a reason that is an outcome of its own.</summary>
internal sealed class CollectionRefusedException(CollectionOutcome outcome, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>How the run ends.</summary>
    public CollectionOutcome Outcome { get; } = outcome;
}
