namespace Cvmfs.Net.Replication.Configuration;

/// <summary>How adding a replica ended.</summary>
/// <param name="Outcome">What came of it.</param>
/// <param name="Alias">Local name.</param>
/// <param name="Repository">Fully qualified name.</param>
/// <param name="Message">One sentence.</param>
public sealed record ReplicaAddReport(ReplicaAddOutcome Outcome, string Alias, string Repository, string Message)
{
    /// <summary>Settings that are, or were, not as asked for.</summary>
    public IReadOnlyList<ReplicaDifference> Differences { get; init; } = [];

    /// <summary>What went wrong without making the rest worthless, in sentences.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether the replica is there as asked for.</summary>
    public bool Succeeded => Outcome is ReplicaAddOutcome.Added or ReplicaAddOutcome.Unchanged or ReplicaAddOutcome.Updated;
}
