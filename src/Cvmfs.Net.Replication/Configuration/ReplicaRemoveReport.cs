namespace Cvmfs.Net.Replication.Configuration;

/// <summary>How removing a replica ended.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Alias">Local name.</param>
/// <param name="Message">One sentence.</param>
public sealed record ReplicaRemoveReport(ReplicaRemoveOutcome Outcome, string Alias, string Message)
{
    /// <summary>What was left where it is, because it is none of a replica's, or could not be written; in sentences.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
