using Cvmfs.Net.Transport;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Scrubbing;

/// <summary>What a scrub may be given. All optional.</summary>
public sealed class ScrubServices
{
    /// <summary>The clock.</summary>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>Hears of repairs.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Where to repair from, in place of the upstream of <see cref="ScrubOptions.Repair"/>; not disposed.</summary>
    public IRepositorySource? RepairSource { get; init; }

    /// <summary>Hears every alert as it is raised, also those that the report has no room for. One call at a time.</summary>
    public Action<ScrubAlert>? OnAlert { get; init; }
}
