using Cvmfs.Net.Objects;
using Cvmfs.Net.Trust;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Collection;

/// <summary>What a garbage collector may be given. All optional.</summary>
public sealed class CollectionServices
{
    /// <summary>Keys that the served manifest must be vouched for by, through whitelist and certificate. Null: the replica's own copy is taken as it is; a snapshot has
    /// verified it before it was put there.</summary>
    public MasterKeys? Keys { get; init; }

    /// <summary>Hears of every object that is removed, or would be, in their order; from one thread at a time.</summary>
    public Action<ObjectKey>? Removed { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>Hears of runs.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Called at every step that changes the disk, for tests that end a run there.</summary>
    internal Action<string>? Step { get; init; }
}
