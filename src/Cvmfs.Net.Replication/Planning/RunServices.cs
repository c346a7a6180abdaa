using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Diagnostics;
using Cvmfs.Net.Replication.Journal;
using Cvmfs.Net.Replication.Transfer;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Replication.Planning;

/// <summary>What the parts of one run share.</summary>
/// <param name="Objects">The replica's store.</param>
/// <param name="Presence">Knows what the store has.</param>
/// <param name="Transfers">Brings objects into it.</param>
/// <param name="Opener">Opens catalogs.</param>
/// <param name="Counters">Takes note.</param>
/// <param name="Limits">Bounds of memory.</param>
/// <param name="Logger">Hears of failures.</param>
internal sealed record RunServices(
    IObjectStore Objects, ObjectPresence Presence, ObjectTransfers Transfers, CatalogOpener Opener, SnapshotCounters Counters, SchedulerLimits Limits, ILogger Logger)
{
    /// <summary>Notes for the next run; null before there is something to transfer.</summary>
    public RunJournal? Journal { get; init; }

    /// <summary>What other runs of this process that write into the same store share with this one.</summary>
    public SharedStore Store { get; init; } = new(null);

    /// <summary>Hears of references to missing objects, before they come; null for nobody.</summary>
    public Action<ObjectReference>? FoundMissing { get; init; }

    /// <summary>Counts and logs something that was given up.</summary>
    public void Report(TransferFailure failure)
    {
        Counters.Failed(failure);
        Journal?.Failed(failure);
        Logger.ObjectFailed(failure.Object, failure.Reason, failure.Message);
    }
}
