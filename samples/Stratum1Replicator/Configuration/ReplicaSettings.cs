using Cvmfs.Net.Replication;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Trust;

namespace Stratum1Replicator.Configuration;

/// <summary>One replica as it is to be kept, wherever its configuration came from.</summary>
internal sealed record ReplicaSettings
{
    public required string Alias { get; init; }

    /// <summary>Where the configuration came from, for people.</summary>
    public required string Origin { get; init; }

    /// <summary>The same text for the same settings: what tells whether a replica has changed.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Why it cannot be kept; null if it can.</summary>
    public string? Problem { get; init; }

    /// <summary>What and how to copy; null with a <see cref="Problem"/>.</summary>
    public ReplicationOptions? Options { get; init; }

    public MasterKeys Keys { get; init; } = MasterKeys.None;

    /// <summary>Whether garbage is collected where the publisher allows it.</summary>
    public bool Collects { get; init; }

    /// <summary>Least time between two collections; null for the host's.</summary>
    public TimeSpan? CollectEvery { get; init; }

    /// <summary>The instant from which on revisions are kept.</summary>
    public Func<DateTimeOffset, DateTimeOffset> KeepNewerThan { get; init; } = static now => now.AddDays(-3);

    public string? DeletionLog { get; init; }

    /// <summary>Least time between two checks; null for the host's.</summary>
    public TimeSpan? CheckEvery { get; init; }

    /// <summary>Looks the replica over before it is taken over from other tools; null where there is nothing to look at.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<AdoptionFinding>>>? LookOver { get; init; }

    /// <summary>What an operator should know, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
